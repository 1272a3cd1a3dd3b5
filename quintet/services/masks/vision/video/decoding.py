"""The frames of one part: each once, in the order they are shown, with its time."""

from collections.abc import Iterator
from pathlib import Path

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from quintet.services.masks.vision.video.planning import Part
from quintet.services.masks.vision.video.probing import Footage, opened


def frames_of(source: Path, footage: Footage, part: Part, *, threads: int = 1) -> Iterator[tuple[int, VideoFrame]]:
    """Each frame of the part that can be decoded, and when it is shown: ticks of the output's clock, ever later.

    Damaged pictures are left out; where the file breaks off, so does the video.
    """
    with opened(source, threads=threads) as (container, stream):
        last = -1
        for moment, frame in _moments(_decoded(_packets_from(container, stream, part)), footage):
            if moment is not None:
                if part.start is not None and moment < part.start:
                    # Shown before the key frame, decoded after it: the part before this one has it.
                    continue
                if part.end is not None and moment >= part.end:
                    return
            ticks = footage.ticks_at(moment) if moment is not None else last
            # Where the clock stands still or jumps back, the frames go on as usual.
            last = ticks if ticks > last else last + footage.ticks_of_a_frame
            yield last, frame


def _moments(frames: Iterator[VideoFrame], footage: Footage) -> Iterator[tuple[int | None, VideoFrame]]:
    for frame in frames:
        # Where packets do not say when they are shown, the order in which they came out does.
        yield (frame.pts if footage.has_true_times else frame.dts), frame


def _packets_from(container: InputContainer, stream: VideoStream, part: Part) -> "Iterator[Packet[VideoStream]]":
    """Packets from the part's key frame on, the empty one at the end included, which asks for what is held back."""
    if part.start is None or part.seek is None:
        yield from _bearing_the_end(container.demux(stream))
        return
    # An index may lead astray; then the file is read from its very beginning.
    for offset in (part.seek, 0):
        try:
            container.seek(offset, stream=stream)
        except FFmpegError:
            continue
        packets = _bearing_the_end(container.demux(stream))
        if (key := _key_frame(packets, part.start, part.seek)) is not None:
            yield key
            yield from packets
            return


def _key_frame(packets: "Iterator[Packet[VideoStream]]", start: int, seek: int) -> "Packet[VideoStream] | None":
    for packet in packets:
        if packet.is_keyframe and packet.pts == start:
            return packet
        if packet.dts is not None and packet.dts > seek:
            break
    return None


def _bearing_the_end(packets: "Iterator[Packet[VideoStream]]") -> "Iterator[Packet[VideoStream]]":
    try:
        yield from packets
    except FFmpegError:
        return


def _decoded(packets: "Iterator[Packet[VideoStream]]") -> Iterator[VideoFrame]:
    for packet in packets:
        try:
            frames = packet.decode()
        except (FFmpegError, ValueError):
            continue
        yield from frames
