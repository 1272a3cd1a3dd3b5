"""Settings of dicom."""

from quintet.core import conf

AVATAR_MB = conf.number("DICOM_AVATAR_MB", 8, "the largest avatar that may be uploaded, in mebibytes")
AVATAR_MEGAPIXELS = conf.number("DICOM_AVATAR_MEGAPIXELS", 25, "the largest avatar that is decoded, in million pixels")
AVATAR_SIDE = conf.number("DICOM_AVATAR_SIDE", 512, "the longer side of a stored avatar, at most, in pixels")
