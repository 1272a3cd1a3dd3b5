"""Reads one camera in a thread of its own and keeps its newest frame; older ones are dropped, never queued."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import av.error
import numpy as np
from av.codec.context import CodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from quintet.services.masks.vision.cameras.address import Source
from quintet.services.masks.vision.cameras.sources import Opened, SourceLost, opened
from quintet.services.masks.vision.letterbox import Pixels

log = logging.getLogger("quintet.masks.watcher")

State = Literal["connecting", "live", "lost"]

# Larger frames are made smaller before they are looked at, drawn and sent.
SHOWN_SIDE = 1280
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS, _REFUSED_WAIT_SECONDS = 0.25, 1.0, 30.0
# Frames that cannot be decoded are passed over, as after a lost packet; so many in a row are a broken source.
_MOST_BROKEN = 100
_MOST_PIXELS = 50_000_000


@dataclass(frozen=True)
class Newest:
    """A frame as it was decoded.

    number      counts the frames of this reader from 1
    at          when it was decoded (time.monotonic)
    lag         seconds that it is known to have come late, if the source has a clock
    """

    number: int
    at: float
    lag: float
    frame: VideoFrame

    def pixels(self) -> Pixels:
        """uint8 (height, width, 3), RGB, upright; the long side at most SHOWN_SIDE."""
        scale = min(1.0, SHOWN_SIDE / max(self.frame.width, self.frame.height))
        # Even sides: an encoder of the snapshot may halve the colours.
        width, height = (max(2, round(side * scale / 2) * 2) for side in (self.frame.width, self.frame.height))
        found = self.frame.to_ndarray(width=width, height=height, format="rgb24").astype(np.uint8, copy=False)
        quarters = round((self.frame.rotation or 0) / 90) % 4
        return np.ascontiguousarray(np.rot90(found, quarters)) if quarters else found


class Slot:
    """Holds one frame: who puts a newer one in takes the older one out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: Newest | None = None
        self.dropped = 0
        self._seen = 0

    def put(self, newest: Newest) -> None:
        """Replace what is there."""
        with self._changed:
            if self._newest is not None and self._newest.number > self._seen:
                self.dropped += 1
            self._newest = newest
            self._changed.notify_all()

    def clear(self) -> None:
        """Nothing is to be seen any more."""
        with self._changed:
            self._newest = None

    def wait_newer_than(self, number: int, timeout: float) -> bool:
        """Whether there is a newer frame than that, now or before the time is over."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._newest is not None and self._newest.number > number, timeout=timeout
            )

    def take(self) -> Newest | None:
        """The newest frame; it stays."""
        with self._changed:
            if self._newest is not None:
                self._seen = self._newest.number
            return self._newest


class Reader(threading.Thread):
    """Reads until stopped, and comes back whenever the source does.

    changed   called from this thread with state and why (words fit for people), whenever either changes
    """

    def __init__(
        self,
        source: Source,
        slot: Slot,
        *,
        changed: Callable[[State, str], None],
        name: str = "camera",
        verify: bool = True,
    ) -> None:
        super().__init__(name=f"read {name}", daemon=True)
        self.slot = slot
        self._source, self._changed, self._verify = source, changed, verify
        self._stopped = threading.Event()
        self._number = 0
        self._said: tuple[State, str] | None = None

    def stop(self) -> None:
        """Ask to stop. A source that is silent just then is let go a few seconds later."""
        self._stopped.set()
        self.slot.clear()

    def run(self) -> None:
        wait = _FIRST_WAIT_SECONDS
        self._say("connecting", "")
        while not self._stopped.is_set():
            before = self._number
            try:
                self._read_guarded()
            except SourceLost as lost:
                self._say("lost", str(lost))
                self.slot.clear()
                # Who gave frames a moment ago is asked again at once; who refuses locks out those who insist.
                wait = _FIRST_WAIT_SECONDS if self._number > before else min(2 * wait, _LONGEST_WAIT_SECONDS)
                self._stopped.wait(_REFUSED_WAIT_SECONDS if lost.is_refusal else wait)

    def _say(self, state: State, why: str) -> None:
        if self._said != (state, why) and not self._stopped.is_set():
            self._said = (state, why)
            self._changed(state, why)

    def _read_guarded(self) -> None:
        try:
            self._read()
        except SourceLost:
            raise
        except Exception:
            # Whatever it was, the camera must not look alive for ever.
            log.exception("%s failed", self.name)
            raise SourceLost("The source cannot be read.") from None

    def _read(self) -> None:
        with opened(self._source, verify=self._verify) as found:
            if not found.container.streams.video:
                raise SourceLost("The source sends nothing that is a video.")
            stream = found.container.streams.video[0]
            # Threads by frame would each hold back a frame.
            stream.thread_type, stream.codec_context.thread_count = "SLICE", 1
            self._take_frames(found, stream)
        raise SourceLost("The source has ended.")

    def _take_frames(self, found: Opened, stream: VideoStream) -> None:
        clock, broken = _Clock(), 0
        for packet in found.container.demux(stream):
            found.patience.check()
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                broken += 1
                if broken > _MOST_BROKEN:
                    raise
                continue
            broken = 0
            for frame in frames:
                found.patience.renew()
                if self._stopped.wait(clock.early_by(frame.time) if found.is_recording else 0):
                    return
                self._keep(frame, clock.lag_of(frame.time) if found.has_clock and not found.is_recording else 0.0)
            if not found.is_recording:
                skip_when_late(stream.codec_context, clock.lag)

    def _keep(self, frame: VideoFrame, lag: float) -> None:
        if frame.width * frame.height > _MOST_PIXELS:
            raise SourceLost("The source's pictures are too large.", is_refusal=True)
        self._number += 1
        self.slot.put(Newest(self._number, time.monotonic(), lag, frame))
        self._say("live", "")


def skip_when_late(codec: CodecContext, lag: float) -> None:
    """Leave out what nothing depends on, then all but key frames, so that decoding catches up with the source."""
    wanted = "NONKEY" if lag > 1.5 else "NONREF" if lag > 0.6 else "DEFAULT" if lag < 0.3 else None
    if wanted is not None and codec.skip_frame != wanted:
        codec.skip_frame = wanted  # type: ignore[assignment]


class _Clock:
    """How the source's own time and ours go beside one another."""

    # Clocks differ by less than this; what comes late comes later faster.
    DRIFT_PER_SECOND = 0.001
    JUMP_SECONDS = 10.0

    def __init__(self) -> None:
        self.lag = 0.0
        self._best: float | None = None
        self._last = self._began = time.monotonic()
        self._first: float | None = None
        self._last_at = 0.0

    def lag_of(self, at: float | None) -> float:
        """Seconds that a frame of that time comes later than the promptest one before it would have."""
        if at is None:
            return 0.0
        moment = time.monotonic()
        ahead = at - moment
        # A source that began anew has another time from then on.
        if self._best is None or at < self._last_at or abs(self._best - ahead) > self.JUMP_SECONDS:
            self._best = ahead
        self._last_at = at
        self._best = max(ahead, self._best - self.DRIFT_PER_SECOND * (moment - self._last))
        self._last = moment
        self.lag = self._best - ahead
        return self.lag

    def early_by(self, at: float | None) -> float:
        """Seconds to wait until a recording's frame is due."""
        if at is None:
            return 0.04
        if self._first is None:
            self._first = at
        due = self._began + (at - self._first)
        late = time.monotonic() - due
        if abs(late) > self.JUMP_SECONDS:
            self._first, self._began = at, time.monotonic()
            return 0.0
        return max(0.0, -late)
