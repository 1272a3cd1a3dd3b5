"""Quintet: masks, annotation, dicom, procurement and mocks in one server, for one account."""

__version__ = "0.1.0"
