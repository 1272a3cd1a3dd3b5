"""Frames as clients read them: alone, in chunks, as a preview; made from the originals when somebody asks."""

import itertools
import mimetypes
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from quintet.core.errors import NotFound
from quintet.core.later import Later
from quintet.services.annotation import conf
from quintet.services.annotation.actions import files, share
from quintet.services.annotation.actions.reading import SHARE
from quintet.services.annotation.media import archives, images
from quintet.services.annotation.media.cache import ChunkCache, path_of
from quintet.services.annotation.media.errors import BadMedia, NoFrame
from quintet.services.annotation.media.turns import Upright
from quintet.services.annotation.models import Data
from quintet.services.annotation.queries.data import Frames, StoredFrame, stored_frames
from quintet.services.annotation.rules import step_of

if TYPE_CHECKING:
    from quintet.services.annotation.media import video
else:
    video = Later("quintet.services.annotation.media.video")

Quality = Literal["compressed", "original"]
# Decoding and encoding let other threads run meanwhile.
_HANDS = ThreadPoolExecutor(2, thread_name_prefix="chunk")


class NoSuchFrame(NotFound):
    """There is no such chunk or frame, or its file is gone or damaged."""


def cache() -> ChunkCache:
    """Where made chunks are kept."""
    return ChunkCache(Path(settings.DATA) / "annotation-chunks", conf.CHUNKS_MB.value * 1024 * 1024)


def chunk(data: Frames, number: int, quality: Quality) -> tuple[BinaryIO, str]:
    """A chunk as an open file, and its media type. Raises NoSuchFrame."""
    first = number * data.chunk_size
    count = min(data.chunk_size, data.size - first)
    if number < 0 or count <= 0:
        raise NoSuchFrame("requested chunk does not exist")
    kind = data.compressed_chunk_type if quality == "compressed" else data.original_chunk_type
    make = partial(_make_chunk, data, first, count, quality)
    try:
        made = cache().opened_or_made(_name_of(data, number, count, quality), make)
    except (NoFrame, BadMedia, OSError) as gone:
        raise NoSuchFrame(str(gone)) from gone
    return made, "video/mp4" if kind == Data.VIDEO else "application/zip"


def _name_of(data: Frames, number: int, count: int, quality: Quality) -> str:
    # The last chunk grows when images are appended.
    return f"{data.folder}-{number}-{count}-{quality}"


def _make_chunk(data: Frames, first: int, count: int, quality: Quality, target: Path) -> None:
    rows = stored_frames(data, first, count)
    if not data.is_video:
        archives.pack(_members(data, rows, quality), target)
        return
    with _video(data, rows[0]) as (path, footage):
        numbers = source_numbers(data, first, count)
        if quality == "original":
            video.large_chunk(path, footage, numbers, target)
        elif data.compressed_chunk_type == Data.VIDEO:
            video.small_chunk(path, footage, numbers, target, quality=data.image_quality)
        else:
            pictures = (video.as_picture(frame, footage) for frame in video.frames(path, footage, numbers))
            written = (images.written(picture, data.image_quality) for picture in pictures)
            archives.pack(((f"{place:06d}.jpeg", content) for place, content in enumerate(written)), target)


def _members(data: Frames, rows: Sequence[StoredFrame], quality: Quality) -> Iterator[tuple[str, bytes]]:
    if quality == "original":
        for place, row in enumerate(rows):
            yield f"{place:06d}{PurePosixPath(row.name).suffix}", original(data, row)
        return
    # A few at a time, so that few pictures are in memory at once.
    for begin in range(0, len(rows), 4):
        made = _HANDS.map(partial(_compressed, data), rows[begin : begin + 4])
        yield from (
            (f"{place:06d}.jpeg", content) for place, content in zip(itertools.count(begin), made, strict=False)
        )


def original(data: Frames, row: StoredFrame) -> bytes:
    """A picture as it was uploaded; a page of a PDF as JPEG. Raises NoFrame, BadMedia, OSError."""
    if row.member:
        from quintet.services.annotation.media import pdf

        with _local(data, row) as path:
            return pdf.page_as_jpeg(path, int(row.member), (row.width, row.height))
    if row.stored.startswith(SHARE):
        return share.path_on_share(row.stored.removeprefix(SHARE)).read_bytes()
    return files.read(data.folder, row.stored)


def originals(data: Frames, wanted: Collection[int]) -> Iterator[tuple[int, str, bytes]]:
    """These frames as they were uploaded, a video's as PNG: number, ending of the file's name, bytes.

    Raises NoFrame, BadMedia, OSError.
    """
    if data.is_video:
        with _video(data, stored_frames(data, 0, 1)[0]) as (path, footage):
            every, rising = source_numbers(data, 0, data.size), sorted(wanted)
            frames = video.frames(path, footage, [every[number] for number in rising])
            for number, shown in zip(rising, frames, strict=True):
                yield number, ".png", images.as_png(video.as_picture(shown, footage))
        return
    for first in range(0, data.size, data.chunk_size):
        for row in stored_frames(data, first, data.chunk_size):
            if row.number in wanted:
                yield row.number, PurePosixPath(row.name).suffix or ".jpg", original(data, row)


def pictures(data: Frames, numbers: Sequence[int]) -> Iterator[tuple[int, Upright]]:
    """These frames (rising numbers), decoded, as people see them. Raises NoFrame, BadMedia, OSError."""
    if data.is_video:
        wanted = [source_numbers(data, number, 1)[0] for number in numbers]
        with _video(data, stored_frames(data, 0, 1)[0]) as (path, footage):
            for number, shown in zip(numbers, video.frames(path, footage, wanted), strict=True):
                yield number, Upright(video.as_picture(shown, footage))
        return
    for begin in range(0, len(numbers), data.chunk_size):
        some = numbers[begin : begin + data.chunk_size]
        rows = {row.number: row for row in stored_frames(data, some[0], some[-1] - some[0] + 1)}
        yield from ((number, images.upright(original(data, rows[number]))) for number in some)


def _compressed(data: Frames, row: StoredFrame) -> bytes:
    return images.as_jpeg(original(data, row), data.image_quality)


def frame(data: Frames, number: int, quality: Quality) -> tuple[bytes, str]:
    """One frame and its media type. Raises NoSuchFrame."""
    if not 0 <= number < data.size:
        raise NoSuchFrame(f"Incorrect requested frame number: {number}")
    try:
        return _frame(data, number, quality)
    except (NoFrame, BadMedia, OSError) as gone:
        raise NoSuchFrame(str(gone)) from gone


def _frame(data: Frames, number: int, quality: Quality) -> tuple[bytes, str]:
    if quality == "compressed" and data.compressed_chunk_type == Data.IMAGESET:
        place, inside = divmod(number, data.chunk_size)
        count = min(data.chunk_size, data.size - place * data.chunk_size)
        if made := cache().opened(_name_of(data, place, count, quality)):
            with made:
                return archives.member_at(made, inside), "image/jpeg"
    row = stored_frames(data, number, 1)[0]
    if data.is_video:
        with _video(data, row) as (path, footage):
            picture = video.picture(path, footage, source_numbers(data, number, 1)[0])
        return images.as_png(picture), "image/png"
    if quality == "compressed":
        return _compressed(data, row), "image/jpeg"
    return original(data, row), mimetypes.guess_type(row.name)[0] or "application/octet-stream"


def preview(data: Frames) -> BinaryIO:
    """A small JPEG of the first picture as an open file. Raises NoSuchFrame."""
    try:
        return cache().opened_or_made(f"{data.folder}-preview", partial(_make_preview, data))
    except (NoFrame, BadMedia, OSError) as gone:
        raise NoSuchFrame(str(gone)) from gone


def _make_preview(data: Frames, target: Path) -> None:
    row = stored_frames(data, 0, 1)[0]
    if not data.is_video:
        target.write_bytes(images.preview(original(data, row)))
        return
    with _video(data, row) as (path, footage):
        target.write_bytes(images.small(video.picture(path, footage, 0)))


def source_numbers(data: Frames, first: int, count: int) -> range:
    """What frames `first` and following are called in the upload, before selection, where that was a video."""
    step = step_of(data.frame_filter) or 1
    start = data.start_frame + first * step
    return range(start, start + count * step, step)


@contextmanager
def _local(data: Frames, row: StoredFrame) -> Iterator[Path]:
    if row.stored.startswith(SHARE):
        yield share.path_on_share(row.stored.removeprefix(SHARE))
        return
    if files.is_on_this_machine():
        with files.local(data.folder, row.stored) as path:
            yield path
        return
    # From an object store it is fetched once, not for each chunk.
    name = f"{data.folder}-{row.stored.replace('/', '-')}"
    with cache().opened_or_made(name, partial(files.copy, data.folder, row.stored)) as opened:
        yield path_of(opened)


@contextmanager
def _video(data: Frames, row: StoredFrame) -> "Iterator[tuple[Path, video.Footage]]":
    moments = _moments(data.folder, row.member)
    with _local(data, row) as path:
        yield path, video.Footage(row.width, row.height, len(moments), moments)


def clocked(data: Frames) -> "tuple[video.Clock, video.Footage] | None":
    """When the frames of a video are shown; None where that is not to be known any more."""
    try:
        return _clocked(data)
    except (BadMedia, OSError):
        return None


@lru_cache(maxsize=16)
def _clocked(data: Frames) -> "tuple[video.Clock, video.Footage]":
    with _video(data, stored_frames(data, 0, 1)[0]) as (path, footage):
        return video.clock_of(path), footage


@lru_cache(maxsize=16)
def _moments(folder: str, stored: str) -> NDArray[np.int64]:
    # A name is never used for another content.
    return np.frombuffer(files.read(folder, stored), dtype=np.int64)
