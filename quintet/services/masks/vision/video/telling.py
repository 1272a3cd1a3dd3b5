"""What was seen in a video, as JSON and as CSV; written piece by piece, however long the video is."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.video.parts import Seen
from quintet.services.masks.vision.video.probing import Footage
from quintet.services.masks.vision.video.stitching import Person

# Row by row: a part's numbers are read when they are needed.
Parts = Callable[[int], Seen]
EVENT_COLUMNS = (
    "track", "class", "first_frame", "last_frame", "first_seconds", "last_seconds", "frames", "score",
)  # fmt: skip


def write_result(
    target: Path, footage: Footage, people: Sequence[Person], parts: Parts, lengths: Sequence[int]
) -> None:
    """`result.json`: sizes, the time of every frame, and everybody's boxes.

    lengths  how many frames each part has
    """
    begins = [0, *accumulate(lengths)]
    with target.open("w", encoding="ascii") as out:
        head = {"width": footage.width, "height": footage.height, "frames": begins[-1], "rate": float(footage.rate)}
        out.write(json.dumps(head)[:-1] + ', "times": [')
        _write_listed(out, _times(parts, len(lengths), footage))
        out.write('], "tracks": [')
        for number, person in enumerate(people, 1):
            out.write((",\n" if number > 1 else "\n") + json.dumps(described(person, number))[:-1] + ', "boxes": [')
            _write_listed(out, _boxes(person, parts, begins))
            out.write("]}")
        out.write("\n]}\n")


def _write_listed(out: TextIO, rows: Iterable[str]) -> None:
    separator = ""
    for row in rows:
        out.write(separator + row)
        separator = ","


def _times(parts: Parts, amount: int, footage: Footage) -> Iterator[str]:
    for part in range(amount):
        yield from (f"{seconds:.6g}" for seconds in seconds_of(parts(part).times, footage).tolist())


def _boxes(person: Person, parts: Parts, begins: Sequence[int]) -> Iterator[str]:
    for part, number in person.stretches:
        for row in parts(part).of(number).tolist():
            _, frame, box, score = row
            sides = ",".join(f"{side:.1f}" for side in box)
            yield f"[{frame + begins[part]},{sides},{score:.3f}]"


def described(person: Person, number: int) -> dict[str, object]:
    """A person without their boxes."""
    return {
        "track": number,
        "class": person.wearing,
        "counted": person.counts,
        "first_frame": person.enters,
        "last_frame": person.leaves,
        "score": round(person.best, 4),
    }


def write_events(
    target: Path, footage: Footage, people: Sequence[Person], parts: Parts, lengths: Sequence[int]
) -> None:
    """`events.csv`: a line for everybody who counts: who came when and went when."""
    begins = np.array([0, *accumulate(lengths)])

    def seconds(frame: int) -> str:
        part = int(np.searchsorted(begins, frame, "right")) - 1
        return f"{seconds_of(parts(part).times[frame - begins[part]], footage):.3f}"

    with target.open("w", encoding="ascii", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(EVENT_COLUMNS)
        for number, person in enumerate(people, 1):
            if person.counts:
                moments = [seconds(frame) for frame in (person.enters, person.leaves)]
                writer.writerow(
                    [
                        number,
                        person.wearing,
                        person.enters,
                        person.leaves,
                        *moments,
                        person.frames,
                        f"{person.best:.4f}",
                    ]
                )


def seconds_of(ticks: "NDArray[np.int64]", footage: Footage) -> "NDArray[np.float64]":
    """Moments of the output's clock in seconds."""
    return ticks / footage.ticks
