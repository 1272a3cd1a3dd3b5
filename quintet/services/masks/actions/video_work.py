"""What workers do with a video: plan it, do its parts, join them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quintet.core.clock import now
from quintet.core.deferred.actions import deferred
from quintet.core.deferred.errors import GiveUp
from quintet.core.deferred.models import Job
from quintet.core.deferred.running import Work
from quintet.core.later import Later
from quintet.services.masks import conf
from quintet.services.masks.actions import video_files as files
from quintet.services.masks.actions.tallies import count_seen
from quintet.services.masks.actions.videos import end_without_result
from quintet.services.masks.models import Video
from quintet.services.masks.queries import video_detector
from quintet.services.masks.rules import counts_of

if TYPE_CHECKING:
    from quintet.services.masks.vision.video import joining, parts, planning, probing, stitching, telling
else:
    joining = Later("quintet.services.masks.vision.video.joining")
    parts = Later("quintet.services.masks.vision.video.parts")
    planning = Later("quintet.services.masks.vision.video.planning")
    probing = Later("quintet.services.masks.vision.video.probing")
    stitching = Later("quintet.services.masks.vision.video.stitching")
    telling = Later("quintet.services.masks.vision.video.telling")

UNREADABLE = "The video cannot be read: no picture of it could be decoded."
GONE = "The uploaded file is not there any more."
# How many parts' numbers are held at once while everybody's boxes are written down.
_PARTS_HELD = 8
_ASK_EVERY_PACKETS = 1000
# So many parts of a video go as urgently as a new one; the next ones after them, and so on.
_PARTS_A_TURN, _MOST_TURNS = 4, 100


@dataclass(frozen=True)
class _Bench:
    """What lies before one attempt.

    folder   its own, on this machine
    source   the original, on this machine
    """

    video: Video
    folder: Path
    source: Path
    footage: "probing.Footage"

    @property
    def place(self) -> str:
        """The video's folder in the store."""
        return f"{files.FOLDER}/{self.video.folder}"


@contextmanager
def _at_work(video_id: int) -> Iterator[_Bench]:
    video = Video.objects.filter(pk=video_id).first()
    if video is None or not video.original:
        raise GiveUp(GONE)
    with ExitStack() as held:
        folder = held.enter_context(files.own_folder())
        try:
            source = held.enter_context(files.local(f"{files.FOLDER}/{video.folder}/{video.original}", folder))
            footage = probing.look_at(source)
        except FileNotFoundError as gone:
            raise GiveUp(GONE) from gone
        except probing.BadVideo as bad:
            raise GiveUp(UNREADABLE) from bad
        yield _Bench(video, folder, source, footage)


@deferred("masks.calculate_video", queue="video", max_attempts=5, on_failure=end_without_result)
def calculate_video(work: Work, video_id: int) -> None:
    """Cut the video into parts that any worker may take."""

    def tell(packets: int) -> None:
        # Only to hear that it was cancelled: the person is told of the parts' frames.
        if packets % _ASK_EVERY_PACKETS == 0:
            work.progress(0)

    with _at_work(video_id) as bench:
        planned = planning.plan(bench.source, bench.footage, seconds=conf.VIDEO_PART_SECONDS.value, tell=tell)
    work.split(
        "masks.calculate_video_part",
        [{"video_id": video_id, "start": part.start, "end": part.end, "seek": part.seek} for part in planned],
        join="masks.join_video",
        units=[part.packets for part in planned],
    )
    work.finally_(partial(_let_others_pass, work.job_id, len(planned)))


def _let_others_pass(job_id: int, parts: int) -> None:
    # Else who comes with a short clip after somebody's long film would wait for the whole of it.
    for turn in range(1, min(-(-parts // _PARTS_A_TURN), _MOST_TURNS)):
        Job.objects.filter(parent_id=job_id, part_no__gte=turn * _PARTS_A_TURN).update(priority=-turn)


@deferred("masks.calculate_video_part", queue="video", max_attempts=5)
def calculate_video_part(
    work: Work, video_id: int, start: int | None, end: int | None, seek: int | None
) -> dict[str, Any]:
    """Look at one part. What it wrote counts when this very attempt is accepted."""
    detector = video_detector()
    with _at_work(video_id) as bench:
        film, told = bench.folder / "film.mp4", bench.folder / "seen.npz"
        seen = parts.calculate_part(
            bench.source,
            bench.footage,
            planning.Part(start, end, seek, 0),
            detector,
            film,
            threads=conf.VIDEO_THREADS.value,
            side=detector.model.sides_for(bench.footage.width, bench.footage.height)[0],
            calibration=detector.model.calibration,
            tell=work.progress,
        )
        if not len(seen.times):
            return {"frames": 0}
        seen.write(told)
        kept = {path.stem: _kept(work, f"{bench.place}/parts", path) for path in (film, told)}
    return {"frames": len(seen.times), "begins_at": int(seen.times[0]), **kept}


def _kept(work: Work, folder: str, path: Path) -> str:
    name = work.name_for(f"{folder}/{path.name}")
    work.otherwise(partial(files.remove, name))
    return files.put(path, name)


@deferred("masks.join_video", queue="video", max_attempts=5)
def join_video(work: Work, video_id: int) -> dict[str, int]:
    """Put the parts behind one another and count people, each once."""
    done = [part for part in work.results_of_parts() if part["frames"]]
    if not done:
        raise GiveUp(UNREADABLE)
    with _at_work(video_id) as bench, ExitStack() as held:
        films, told = (
            [held.enter_context(files.local(part[kind], bench.folder)) for part in done] for kind in ("film", "seen")
        )
        work.progress(0)
        outcome = _joined(work, bench, done, films, told)
    work.finally_(partial(_finish, bench.video, outcome))
    return {"frames": outcome["frames"]}


def _joined(
    work: Work, bench: _Bench, done: Sequence[dict[str, Any]], films: Sequence[Path], told: Sequence[Path]
) -> dict[str, Any]:
    lengths = [part["frames"] for part in done]
    pieces = [joining.Piece(film, part["begins_at"]) for film, part in zip(films, done, strict=True)]
    outputs = {name: bench.folder / file for name, file in _OUTPUTS.items()}
    joining.join(bench.source, bench.footage, pieces, outputs["result"])
    read = lru_cache(maxsize=_PARTS_HELD)(lambda place: parts.Seen.read(told[place]))
    people = stitching.stitched(map(read, range(len(told))))
    telling.write_result(outputs["tracks"], bench.footage, people, read, lengths)
    telling.write_events(outputs["events"], bench.footage, people, read, lengths)
    size = outputs["result"].stat().st_size
    ends_at = int(read(len(told) - 1).times[-1]) + bench.footage.ticks_of_a_frame
    return {
        **{name: _kept(work, bench.place, path).rpartition("/")[2] for name, path in outputs.items()},
        **counts_of(person.wearing for person in people if person.counts),
        "result_bytes": size,
        "frames": sum(lengths),
        "seconds": float(Fraction(ends_at, bench.footage.ticks)),
        "model": video_detector().model.name,
    }


_OUTPUTS = {"result": "result.mp4", "tracks": "result.json", "events": "events.csv"}


def _finish(video: Video, outcome: dict[str, Any]) -> None:
    moment = now()
    unfinished = Video.objects.filter(pk=video.pk, state=Video.PROCESSING)
    if not unfinished.update(state=Video.DONE, finished_at=moment, **outcome):
        raise GiveUp(GONE)
    counts = {name: outcome[name] for name in counts_of(())}
    count_seen(owner_id=video.owner_id, source="video", at=moment, looked=1, counts=counts)
    # Parts, and what attempts left behind that died.
    stays = frozenset([video.original, *(outcome[name] for name in _OUTPUTS)])
    transaction.on_commit(partial(files.remove_folder, f"{files.FOLDER}/{video.folder}", but=stays))
