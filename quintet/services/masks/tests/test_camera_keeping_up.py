"""Several cameras on a machine that is slower than they are: frames are left out, and none waits in a queue."""

import threading
import time

import pytest
from PIL import Image

from quintet.services.masks.tests.camera_sources import HTTPCamera, number_of, wait_until
from quintet.services.masks.vision.cameras.address import read_source
from quintet.services.masks.vision.cameras.reader import Reader, Slot, skip_when_late
from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.watching.eye import Eye, Turns


class SlowLooker:
    """Takes its time, and remembers how many looked at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.at_once, self.most_at_once = seconds, 0, 0
        self._lock = threading.Lock()

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        with self._lock:
            self.at_once -= 1
        return ()


@pytest.mark.parametrize(("seconds_a_look", "least", "most"), [(0.01, 3.0, 6.0), (0.1, 1.2, 3.5)])
def test_four_cameras_share_what_there_is_and_stay_fresh(seconds_a_look: float, least: float, most: float) -> None:
    """At 10 ms a look all have five a second; at 100 ms, one at a time, each has a fair share of ten."""
    looker, turns = SlowLooker(seconds_a_look), Turns(1)
    cameras = [HTTPCamera(fps=15) for _ in range(4)]
    slots = [Slot() for _ in cameras]
    readers = [
        Reader(read_source(camera.address), slot, changed=lambda state, why: None)
        for camera, slot in zip(cameras, slots, strict=True)
    ]
    eyes = [Eye(slot, looker=lambda: looker, turns=turns, each_seconds=0.2, quiet_seconds=60) for slot in slots]
    all_of_them: list[Reader | Eye] = [*readers, *eyes]
    try:
        for worker in all_of_them:
            worker.start()
        wait_until(lambda: all(len(eye.moments) >= 2 for eye in eyes))
        began, before = time.monotonic(), [len(eye.moments) for eye in eyes]
        time.sleep(1.5)
        passed = time.monotonic() - began
        rates = [(len(eye.moments) - had) / passed for eye, had in zip(eyes, before, strict=True)]
        assert all(least <= rate <= most for rate in rates), rates
        assert looker.most_at_once == 1
        # A look is never older than one turn of each of the others, however long this goes on.
        latest = [max(list(eye.latencies)[-5:]) for eye in eyes]
        assert max(latest) < 4 * seconds_a_look + 0.6, latest
        for camera, eye in zip(cameras, eyes, strict=True):
            look = eye.board.look
            assert look is not None
            assert (camera.sent - number_of(look.pixels)) % 200 <= 15 * (4 * seconds_a_look + 1)
    finally:
        for worker in all_of_them:
            worker.stop()
        for camera in cameras:
            camera.close()


def test_a_frame_that_cannot_be_looked_at_is_not_the_last_one() -> None:
    class Fragile:
        looks = 0

        def detect(self, pixels: Pixels) -> tuple[Face, ...]:
            self.looks += 1
            if self.looks == 1:
                raise RuntimeError("out of memory")
            return ()

    fragile, slot = Fragile(), Slot()
    with HTTPCamera() as camera:
        reader = Reader(read_source(camera.address), slot, changed=lambda state, why: None)
        eye = Eye(slot, looker=lambda: fragile, turns=Turns(1), each_seconds=0.1, quiet_seconds=1)
        reader.start()
        eye.start()
        wait_until(lambda: fragile.looks >= 3)
        reader.stop()
        eye.stop()


def test_who_decodes_too_slowly_leaves_out_what_nothing_depends_on_then_all_but_key_frames() -> None:
    class Codec:
        skip_frame = "DEFAULT"

    codec = Codec()
    wanted = []
    for lag in (0.1, 0.7, 0.5, 2.0, 0.5, 0.1):
        skip_when_late(codec, lag)  # type: ignore[arg-type]
        wanted.append(codec.skip_frame)
    assert wanted == ["DEFAULT", "NONREF", "NONREF", "NONKEY", "NONKEY", "DEFAULT"]


def test_large_frames_are_made_smaller_and_keep_their_shape() -> None:
    import io

    out = io.BytesIO()
    Image.new("RGB", (1920, 1080), (90, 90, 90)).save(out, "JPEG")
    slot = Slot()
    with HTTPCamera(frame=lambda number: out.getvalue()) as camera:
        reader = Reader(read_source(camera.address), slot, changed=lambda state, why: None)
        reader.start()
        wait_until(lambda: slot.take() is not None)
        newest = slot.take()
        assert newest is not None
        assert newest.pixels().shape == (720, 1280, 3)
        reader.stop()
