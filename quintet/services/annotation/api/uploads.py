"""Files of a multipart body go to disk as they come, each closed when it is whole: thousands need no handles."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from rest_framework.request import Request

_FIELD = re.compile(r"client_files(\[(\d{1,9})\])?", re.ASCII)


class KeptFile(UploadedFile):  # type: ignore[type-arg]  # takes no type argument at run time
    """A file that lies in a folder of the one who asked for it."""

    def __init__(self, path: Path, name: str, size: int) -> None:
        super().__init__(None, name=name, size=size)
        self.path = path

    def close(self) -> None:
        """It is closed."""


class IntoFolder(FileUploadHandler):
    """Writes files into a folder; what they are called is only remembered."""

    # Fewer, larger pieces: the parser's own work is per piece.
    chunk_size = 1024 * 1024

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._count = folder, 0

    def new_file(self, *told: Any, **more: Any) -> None:
        """Begin the next one."""
        super().new_file(*told, **more)
        self._count += 1
        self._path = self._folder / f"sent-{self._count}"
        self._open = self._path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece; no other handler sees it."""
        self._open.write(raw_data)

    def file_complete(self, file_size: int) -> KeptFile:
        """It is whole."""
        self._open.close()
        return KeptFile(self._path, self.file_name or "", file_size)

    def upload_interrupted(self) -> None:
        """Let go of the file that was begun."""
        if self._count:
            self._open.close()


def client_files(request: Request) -> list[tuple[str, Path]]:
    """Name and path of each file of `client_files[i]`, in the order of i."""
    found = sorted(_indexed(request.FILES), key=lambda kept: kept[0])
    return [(file.name or "", file.path) for _, file in found]


def _indexed(sent: Mapping[str, Any]) -> Iterator[tuple[int, KeptFile]]:
    for name in sent:
        if matched := _FIELD.fullmatch(name):
            for file in sent.getlist(name):  # type: ignore[attr-defined]
                yield int(matched[2] or 0), file
