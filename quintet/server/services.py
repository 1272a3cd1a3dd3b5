"""The services, one line each. Everything that goes over all of them starts here."""

SERVICES = (
    "masks",
    "annotation",
    "dicom",
    "procurement",
    "mocks",
)
