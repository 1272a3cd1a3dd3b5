"""Where a video is cut, so that many workers can take a part each."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from quintet.services.masks.vision.video.probing import Footage, opened

# How many packets may lie between one and the one that is shown before it, and how far apart in time they may be.
# Beyond that the clock jumped, as where two recordings were put behind one another.
_REORDERED_PACKETS = 64
_MOST_SECONDS_BACK = 2


@dataclass(frozen=True)
class Part:
    """Frames that are shown from `start` up to but not at `end`, on the source's clock; None: from or to the very end.

    seek     where its key frame stands in the file: the moment it is decoded, on the source's clock
    packets  about how many frames that is
    """

    start: int | None
    end: int | None
    seek: int | None
    packets: int


def plan(source: Path, footage: Footage, *, seconds: int, tell: Callable[[int], object] | None = None) -> list[Part]:
    """Cut at key frames, each part at least so many seconds long. A video whose clock cannot be trusted is one part.

    tell  called now and then with how many packets were read

    The file is read once, nothing is decoded. What is there of a cut file is planned.
    """
    cuts: list[tuple[int, int]] = []
    packets_before: list[int] = []
    packets, since = 0, None
    with opened(source) as (container, stream):
        clock = _Clock(footage)
        for packet in _packets(container.demux(stream)):
            moment = packet.pts
            if clock.can_be_trusted(packet) and packet.is_keyframe and moment is not None:
                since = moment if since is None else since
                if (moment - since) * footage.time_base >= seconds:
                    cuts.append((moment, moment if packet.dts is None else packet.dts))
                    packets_before.append(packets)
                    since = moment
            packets += 1
            if tell is not None:
                tell(packets)
    if clock.is_broken:
        return [Part(None, None, None, packets)]
    begins = [(None, None), *cuts]
    ends = [*(moment for moment, _ in cuts), None]
    amounts = [after - before for before, after in pairwise([0, *packets_before, packets])]
    return [Part(start, end, seek, amount) for (start, seek), end, amount in zip(begins, ends, amounts, strict=True)]


def _packets(packets: "Iterator[Packet[VideoStream]]") -> "Iterator[Packet[VideoStream]]":
    try:
        for packet in packets:
            if packet.size:
                yield packet
    except FFmpegError:
        # The end of a cut file, wherever that is.
        return


class _Clock:
    """Watches whether every packet says when it is shown, each at another moment, and time does not run backwards."""

    def __init__(self, footage: Footage) -> None:
        self.time_base = footage.time_base
        self.latest: int | None = None
        self.is_broken = not footage.has_true_times
        self.recent: deque[int] = deque(maxlen=_REORDERED_PACKETS)

    def can_be_trusted(self, packet: "Packet[VideoStream]") -> bool:
        """Once it cannot, it never can."""
        self.is_broken = self.is_broken or not self._goes_on(packet)
        return not self.is_broken

    def _goes_on(self, packet: "Packet[VideoStream]") -> bool:
        moment = packet.pts
        if moment is None or moment in self.recent:
            return False
        self.recent.append(moment)
        if self.latest is None:
            self.latest = moment
        goes_back = (self.latest - moment) * self.time_base
        is_key_in_the_past = packet.is_keyframe and moment < self.latest
        self.latest = max(self.latest, moment)
        return goes_back <= _MOST_SECONDS_BACK and not is_key_in_the_past
