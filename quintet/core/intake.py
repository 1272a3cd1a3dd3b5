"""Limits on what a multipart body may bring."""

from typing import Any

from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler

FEW = 2000


class FewFiles(FileUploadHandler):
    """Refuses a body of more files than that: Django keeps each open. First of the handlers, unless an endpoint has its
    own that closes files as they come."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._count = 0

    def new_file(self, *told: Any, **more: Any) -> None:
        """Count it; whoever comes next keeps it."""
        super().new_file(*told, **more)
        self._count += 1
        if self._count > FEW:
            raise TooManyFilesSent(f"The body has more than {FEW} files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """For the next one."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Kept by the next one."""
