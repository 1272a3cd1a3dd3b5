"""From the files of an upload to frames, and from those to rows."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintet.core.clock import now
from quintet.core.later import Later
from quintet.services.annotation import conf
from quintet.services.annotation.actions import files
from quintet.services.annotation.actions.holding import hold_task
from quintet.services.annotation.media import archives, images
from quintet.services.annotation.media.errors import BadMedia
from quintet.services.annotation.media.kinds import ARCHIVE, PDF, VIDEO, ZIP, chosen, kind_of
from quintet.services.annotation.models import Data, Frame, Job, Segment, Task, Upload
from quintet.services.annotation.rules import overlap_of, segments, selected, step_of

if TYPE_CHECKING:
    from quintet.services.annotation.media import video
else:
    video = Later("quintet.services.annotation.media.video")

_LARGE_PICTURE = 1920 * 1080
_VIDEO_CHUNK, _CHUNK = 36, 36
_NAME_LENGTH, _MOST = 1000, 2**31 - 1


@dataclass(frozen=True, slots=True)
class Source:
    """A file of an upload.

    name     as people know it
    local    gives it as a path of this machine, for as long as it is read
    stored   where it is kept already; None: nowhere yet
    """

    name: str
    local: Callable[[], AbstractContextManager[Path]]
    stored: str | None = None


@dataclass(slots=True)
class Reading:
    """What an upload turned out to be.

    numbers    of the frames in the upload, before selection
    frames     their rows, without data and number; of a video there is one for all
    obsolete   files of the data's folder that nothing refers to any more
    """

    is_video: bool = False
    numbers: range = field(default_factory=lambda: range(0))
    frames: list[Frame] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)


class Reader:
    """Reads one upload.

    folder, place   where what is to be kept is put: the data's folder, and a name in it that is this attempt's alone
    told            start_frame, stop_frame, step as the upload says them
    progress        called now and then
    """

    def __init__(
        self, folder: str, place: str, told: Mapping[str, Any], progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        self.folder, self.place, self.told, self.progress = folder, place, told, progress
        self._kept = 0

    def read(self, sources: Sequence[Source], *, directories: int = 0, inside: Sequence[Source] = ()) -> Reading:
        """What the files are.

        directories, inside   how many folders were named as well, and the pictures in them

        Raises BadMedia.
        """
        kind = chosen((source.name for source in sources), directories=directories)
        found = (source for source in (*sources, *inside) if kind_of(source.name) == kind)
        some = sorted(found, key=lambda source: source.name)
        if kind == VIDEO:
            return self._video(some[0])
        if kind == PDF:
            return self._pages(some[0])
        if kind in (ZIP, ARCHIVE):
            return self._archive(some[0])
        return self._pictures([(source.name, source) for source in some])

    def _selected(self, count: int) -> range:
        start, stop, step = (self.told.get(name) for name in ("start_frame", "stop_frame", "step"))
        found = selected(count, start=start or 0, stop=stop, step=step or 1)
        if not found:
            raise BadMedia("ValueError: No media data found")
        return found

    def _keep(self, path: Path, source: Source) -> str:
        if source.stored is not None:
            return source.stored
        self._kept += 1
        name = f"{self.place}/{self._kept}"
        files.put(path, self.folder, name)
        return name

    def _pictures(self, named: Sequence[tuple[str, Source]]) -> Reading:
        found = Reading(numbers=self._selected(len(named)))
        for done, number in enumerate(found.numbers):
            name, source = named[number]
            if len(name) > _NAME_LENGTH:
                raise BadMedia(f"ValueError: the name of a picture is longer than {_NAME_LENGTH} characters")
            with source.local() as path:
                width, height = images.size_of(path, name)
                stored = self._keep(path, source)
            found.frames.append(Frame(source_frame=number, name=name, stored=stored, width=width, height=height))
            self.progress(done, len(found.numbers))
        return found

    def _archive(self, source: Source) -> Reading:
        with source.local() as path, files.own_folder() as place:
            members = archives.unpack(path, source.name, place)
            found = self._pictures([(name, _made_here(name, inner)) for name, inner in members])
        if source.stored is not None and not source.stored.startswith(SHARE):
            found.obsolete.append(source.stored)
        return found

    def _pages(self, source: Source) -> Reading:
        # PDFium takes 14 MiB of every process that knows it.
        from quintet.services.annotation.media import pdf

        stem = source.name.rpartition(".")[0]
        with source.local() as path:
            sizes = pdf.page_sizes(path, source.name)
            found = Reading(numbers=self._selected(len(sizes)))
            stored = self._keep(path, source)
        for number in found.numbers:
            width, height = sizes[number]
            found.frames.append(
                Frame(
                    source_frame=number, name=f"{stem}-{number + 1:03d}.jpeg", stored=stored, member=str(number),
                    width=width, height=height,
                )
            )  # fmt: skip
        return found

    def _video(self, source: Source) -> Reading:
        with source.local() as path, files.own_folder() as place:
            footage = video.look_at(path)
            found = Reading(is_video=True, numbers=self._selected(footage.count))
            stored = self._keep(path, source)
            index = place / "moments"
            index.write_bytes(footage.moments.tobytes())
            files.put(index, self.folder, f"{self.place}/moments")
        found.frames.append(
            Frame(
                source_frame=0, name=source.name, stored=stored, member=f"{self.place}/moments",
                width=footage.width, height=footage.height,
            )
        )  # fmt: skip
        return found


# What a stored name begins with when the file lies on the share.
SHARE = "share:"


def _made_here(name: str, path: Path) -> Source:
    return Source(name, lambda: _Here(path))


class _Here(AbstractContextManager[Path]):
    """A path that is there anyway."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *raised: object) -> None:
        pass


def here(name: str, path: Path, stored: str | None = None) -> Source:
    """A file that lies on this machine."""
    return Source(name, lambda: _Here(path), stored)


def refuse_mixture(data: Data, task: Task, *, is_video: bool) -> None:
    """Raises BadMedia: pictures are added to pictures; a video stays alone."""
    if data.size and (is_video or task.mode == Task.VIDEO):
        raise BadMedia("ValueError: pictures can be added to pictures alone; a video needs a task of its own")


def refuse_too_many_jobs(task: Task, size: int, added: int, *, is_video: bool) -> None:
    """Raises BadMedia: so many frames more in segments of that length are more jobs than a task may have."""
    most, length = conf.TASK_JOBS.value, task.segment_size
    stride = length - overlap_of(length, added, asked=task.overlap, is_video=is_video)
    jobs = (-(-added // stride) if length else 1) + (task.jobs.count() if size else 0)
    if jobs > most:
        raise BadMedia(
            f"ValueError: {added} frames in segments of {length} would make {jobs} jobs; a task may have {most} "
            "(QUINTET_ANNOTATION_TASK_JOBS). Ask for a larger segment_size"
        )


def add_frames(upload: Upload, found: Reading) -> None:
    """Write frames, segments and jobs behind those that are there. Needs a transaction. Raises BadMedia."""
    task = hold_task(upload.data.task_id)
    data = Data.objects.select_for_update().get(pk=upload.data_id)
    refuse_mixture(data, task, is_video=found.is_video)
    first, added = data.size, len(found.numbers)
    refuse_too_many_jobs(task, first, added, is_video=found.is_video)
    for place, frame in enumerate(found.frames):
        frame.data_id, frame.number = data.pk, first + place
    Frame.objects.bulk_create(found.frames, batch_size=2000)
    data.size = first + added
    if not first:
        _begin(data, upload.told, found)
    data.stop_frame = min(_MOST, data.start_frame + (data.size - 1) * (step_of(data.frame_filter) or 1))
    data.made_at = now()
    data.save()
    if not first:
        task.mode = Task.VIDEO if found.is_video else Task.IMAGES
        task.overlap = overlap_of(task.segment_size, added, asked=task.overlap, is_video=found.is_video)
    task.updated_at = now()
    task.save(update_fields=["mode", "overlap", "updated_at"])
    _add_jobs(task, first, added)


def _begin(data: Data, told: Mapping[str, Any], found: Reading) -> None:
    uses_zip = not found.is_video or told.get("use_zip_chunks")
    data.compressed_chunk_type = Data.IMAGESET if uses_zip else Data.VIDEO
    data.original_chunk_type = Data.VIDEO if found.is_video else Data.IMAGESET
    area = found.frames[0].width * found.frames[0].height
    usual = min(72, max(2, _CHUNK * _LARGE_PICTURE // area)) if uses_zip else _VIDEO_CHUNK
    data.chunk_size = told.get("chunk_size") or usual


def _add_jobs(task: Task, first: int, added: int) -> None:
    # What is added later may be shorter than half a segment.
    overlap = min(task.overlap or 0, (task.segment_size or added) // 2)
    cut = segments(added, segment_size=task.segment_size, overlap=overlap, first=first)
    made = Segment.objects.bulk_create(
        [Segment(task=task, start_frame=start, stop_frame=stop) for start, stop in cut], batch_size=5000
    )
    Job.objects.bulk_create([Job(task=task, segment=segment) for segment in made], batch_size=5000)
