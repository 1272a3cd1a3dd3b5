"""People on real pictures are counted, each once. The pictures and clips are not ours to keep here."""

import json
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import PIL.Image
import pytest

from quintet.services.masks.vision.detector import load_detector
from quintet.services.masks.vision.video.parts import calculate_part
from quintet.services.masks.vision.video.planning import plan
from quintet.services.masks.vision.video.probing import look_at
from quintet.services.masks.vision.video.stitching import Person, stitched

DATA = Path(__file__).parents[5] / "shared" / "data" / "masks"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no clips and photographs at hand (../shared/data/masks)")


def people_in(source: Path, folder: Path, *, seconds: int) -> list[Person]:
    detector, footage = load_detector("fast"), look_at(source)
    parts = plan(source, footage, seconds=seconds)
    side, _ = detector.model.sides_for(footage.width, footage.height)
    how: dict[str, Any] = {"side": side, "calibration": detector.model.calibration}
    seen = [calculate_part(source, footage, part, detector, folder / "part.mp4", **how) for part in parts]
    return [one for one in stitched(seen) if one.counts]


@needs_data
@pytest.mark.parametrize("clip", ["head-pose-face-detection-female-and-male", "face-demographics-walking"])
def test_two_people_are_two_and_wear_no_mask(clip: str, tmp_path: Path) -> None:
    people = people_in(DATA / "videos" / f"{clip}-preview.mp4", tmp_path, seconds=15)
    assert [one.wearing for one in people] == ["without_mask"] * 2


@needs_data
def test_a_camera_that_goes_past_many_people_counts_them_within_a_tenth(tmp_path: Path) -> None:
    """Photographs side by side, and a camera that moves along them; in parts of three seconds."""
    expected = make_pan(tmp_path / "pan.mp4", seed=4, photographs=5, pixels_a_frame=10)
    assert expected > 15
    counted = len(people_in(tmp_path / "pan.mp4", tmp_path, seconds=3))
    assert counted == pytest.approx(expected, rel=0.1)


def make_pan(target: Path, *, seed: int, photographs: int, pixels_a_frame: int) -> int:
    """Returns how many faces of 18 pixels or more come by."""
    told: Any = json.loads((DATA / "train" / "annotations.json").read_text(encoding="utf-8"))
    boxes: dict[int, list[Any]] = {}
    for one in told["annotations"]:
        boxes.setdefault(one["image_id"], []).append(one["bbox"])
    fit = [image for image in told["images"] if 1 <= len(boxes.get(image["id"], ())) <= 12]
    height, faces, strip = 480, 0, []
    for image in random.Random(seed).sample(fit, photographs):
        with PIL.Image.open(DATA / "train" / "images" / image["file_name"]) as opened:
            scale = height / opened.height
            strip.append(np.asarray(opened.convert("RGB").resize((round(opened.width * scale), height))))
        faces += sum(min(box[2:]) * scale >= 18 for box in boxes[image["id"]])
    write_pan(target, np.concatenate(strip, 1), pixels_a_frame)
    return faces


def write_pan(target: Path, world: Any, pixels_a_frame: int) -> None:
    def seen() -> Iterator[Any]:
        for left in range(0, world.shape[1] - 640, pixels_a_frame):
            yield np.ascontiguousarray(world[:, left : left + 640])

    with av.open(str(target), "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"crf": "18", "preset": "veryfast", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for number, picture in enumerate(seen()):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
