"""Four cameras, 640 x 480 at 25 frames a second: how fresh a look is, against a loop that takes each frame in order.

Both read the same streams (H.264 in MPEG-TS over HTTP from a process of its own), with the same model in one session.
How old a look is: from the moment the source sent its frame to the moment its faces are known.
"""

import http.server
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from django.conf import settings

from bench import Row
from quintet.services.masks.vision.cameras.address import read_source
from quintet.services.masks.vision.cameras.reader import Reader, Slot
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.vision.registry import find_model
from quintet.services.masks.watching.eye import Eye, Turns

CAMERAS, FPS, WANTED = 4, 25, 5
WARM_UP_SECONDS, SECONDS = 3.0, 10.0
_CLIP_SECONDS = 20


def make_clip(path: Path) -> None:
    """Something that moves, so that decoding has its usual cost; a key frame a second."""
    random = np.random.default_rng(1)
    wide = random.integers(0, 255, (60, 160, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w", format="mpegts") as output:
        options = {"preset": "veryfast", "tune": "zerolatency", "x264-params": f"keyint={FPS}:scenecut=0"}
        stream = output.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for number in range(_CLIP_SECONDS * FPS):
            shift = 3 * number % 640
            frame = np.ascontiguousarray(wide[:, shift : shift + 640])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode(None))


def serve(path: str) -> None:
    """The cameras: the clip at the pace it was made at, to everybody who asks."""
    content = Path(path).read_bytes()
    piece = max(188, len(content) // (_CLIP_SECONDS * FPS) // 188 * 188)

    class Camera(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            began = time.monotonic()
            for begin in range(0, len(content), piece):
                due = began + _CLIP_SECONDS * begin / len(content)
                time.sleep(max(0.0, due - time.monotonic()))
                self.wfile.write(content[begin : begin + piece])

        def log_message(self, *said: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    print(server.server_address[1], flush=True)
    server.serve_forever()


@contextmanager
def cameras() -> Iterator[list[str]]:
    """Their addresses."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.ts"
        make_clip(clip)
        command = [sys.executable, "-c", f"from bench.masks_cameras import serve; serve({str(clip)!r})"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                port = int(server.stdout.readline())
                yield [f"http://127.0.0.1:{port}/{number}" for number in range(CAMERAS)]
            finally:
                server.kill()


def _nobody_asks(state: str, why: str) -> None:
    """A camera is as it is."""


def ours(addresses: list[str], detector: Detector) -> tuple[list[float], list[float]]:
    """Ages of looks in seconds, and looks a second of each camera."""
    turns, slots = Turns(2), [Slot() for _ in addresses]
    readers = [
        Reader(read_source(address), slot, changed=_nobody_asks) for address, slot in zip(addresses, slots, strict=True)
    ]
    eyes = [
        Eye(slot, looker=lambda: detector, turns=turns, each_seconds=1 / WANTED, quiet_seconds=60) for slot in slots
    ]
    workers: list[Reader | Eye] = [*readers, *eyes]
    for worker in workers:
        worker.start()
    time.sleep(WARM_UP_SECONDS)
    for eye in eyes:
        eye.latencies.clear()
        eye.moments.clear()
    time.sleep(SECONDS)
    ages = [age for eye in eyes for age in list(eye.latencies)]
    rates = [len(eye.moments) / SECONDS for eye in eyes]
    for worker in workers:
        worker.stop()
    return ages, rates


def in_order(addresses: list[str], detector: Detector) -> list[float]:
    """Ages of the last looks of a loop that takes each frame in turn."""
    ends_at = time.monotonic() + WARM_UP_SECONDS + SECONDS
    last: list[float] = []

    def loop(address: str) -> None:
        age = 0.0
        with av.open(address, timeout=5) as container:
            promptest: float | None = None
            for frame in container.decode(video=0):
                if promptest is None:
                    promptest = time.monotonic() - frame.time
                detector.detect(frame.to_ndarray(format="rgb24"))
                age = time.monotonic() - frame.time - promptest
                if time.monotonic() > ends_at:
                    break
        last.append(age)

    threads = [threading.Thread(target=loop, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return last


def run() -> list[Row]:
    """One round of each; the machine must have nothing else to do for the figures to mean much."""
    if not settings.configured:
        settings.configure(USE_TZ=True)  # for the clock alone
    detector = Detector(find_model("fast"))
    with cameras() as addresses:
        ages, rates = ours(addresses, detector)
        theirs = in_order(addresses, detector)
    ages.sort()
    typical, late = statistics.median(ages), ages[int(0.95 * len(ages))]
    print(f"looks a second {[round(rate, 1) for rate in rates]}; age: median {typical * 1000:.0f} ms, 95 % below "
          f"{late * 1000:.0f} ms, oldest {ages[-1] * 1000:.0f} ms; in order, at the end: "
          f"{[round(age, 1) for age in theirs]} s", file=sys.stderr)  # fmt: skip
    what, against = f"{CAMERAS} cameras, {FPS} frames a second each", "every frame, in order"
    return [
        Row(what, against, statistics.median(theirs) / typical, f"age of a look after {SECONDS:.0f} s, median"),
        Row(what, against, max(theirs) / ages[-1], f"age of the oldest look after {SECONDS:.0f} s"),
        Row(what, f"{WANTED} looks a second wanted", min(rates) / WANTED, "looks a second at the slowest camera"),
    ]
