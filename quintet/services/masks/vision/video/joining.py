"""The parts become one file without being encoded again, with the sound of the original."""

import heapq
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from quintet.services.masks.vision.video.probing import Footage, in_ticks, opened

log = logging.getLogger("quintet.masks")

# Sound that MP4 carries as it is; anything else is encoded as AAC.
_CARRIED = {"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"}
_SOUND_BITS = 128_000
_SOUND_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

# Packets in order, each with when it comes, in seconds.
Timed = Iterator[tuple[float, "Packet[Any]"]]
Sound = Callable[[InputContainer, OutputContainer, Footage], Timed]


class PartsDiffer(RuntimeError):
    """Workers of different versions wrote them: their frames do not go under one header."""


@dataclass(frozen=True)
class Piece:
    """An encoded part, and when its first frame is shown, in ticks."""

    file: Path
    begins_at: int


def join(source: Path, footage: Footage, pieces: Sequence[Piece], target: Path) -> None:
    """Put the pieces behind one another. A sound that cannot be copied is encoded anew; one that cannot be decoded is
    left out.

    Raises PartsDiffer when one was written by another encoder than the others.
    """
    for sound in (_copied, _encoded):
        try:
            _write(source, footage, pieces, target, sound)
            return
        except (FFmpegError, ValueError):
            log.info("the sound cannot be %s", "copied" if sound is _copied else "encoded", exc_info=True)
    _write(source, footage, pieces, target, _silence)


def _write(source: Path, footage: Footage, pieces: Sequence[Piece], target: Path, sound: Sound) -> None:
    with (
        opened(source) as (original, _),
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        pictures, sounds = _pictures(container, footage, pieces), sound(original, container, footage)
        # Each stream is in order; put together so, the container never has to hold much back.
        for _, packet in heapq.merge(pictures, sounds, key=itemgetter(0)):
            container.mux(packet)


def _pictures(container: OutputContainer, footage: Footage, pieces: Sequence[Piece]) -> Timed:
    with av.open(str(pieces[0].file), "r") as first:
        stream = container.add_stream_from_template(first.streams.video[0])
        header = bytes(first.streams.video[0].codec_context.extradata or b"")
    stream.time_base = Fraction(1, footage.ticks)
    return _packets_of(stream, footage, pieces, header)


def _packets_of(stream: VideoStream, footage: Footage, pieces: Sequence[Piece], header: bytes) -> Timed:
    held: Packet[VideoStream] | None = None
    for piece in pieces:
        with av.open(str(piece.file), "r") as opened_piece:
            theirs = opened_piece.streams.video[0]
            if bytes(theirs.codec_context.extradata or b"") != header:
                raise PartsDiffer("two parts were encoded differently")
            clock = theirs.time_base or Fraction(1, footage.ticks)
            for packet in opened_piece.demux(theirs):
                if packet.pts is None:
                    continue
                _put(packet, stream, in_ticks(packet.pts, clock, footage.ticks) + piece.begins_at)
                if held is not None:
                    held.duration = (packet.pts or 0) - (held.pts or 0)
                    yield (held.dts or 0) / footage.ticks, held
                held = packet
    if held is not None:
        held.duration = footage.ticks_of_a_frame
        yield (held.dts or 0) / footage.ticks, held


def _put(packet: "Packet[VideoStream]", stream: VideoStream, moment: int) -> None:
    packet.stream = stream
    packet.time_base = stream.time_base or packet.time_base
    packet.pts = packet.dts = moment


def _silence(original: InputContainer, container: OutputContainer, footage: Footage) -> Timed:
    return iter(())


def _copied(original: InputContainer, container: OutputContainer, footage: Footage) -> Timed:
    theirs = _sound_of(original)
    if theirs is None:
        return iter(())
    if theirs.codec_context.codec.canonical_name not in _CARRIED:
        return _encoded(original, container, footage)
    ours = container.add_stream_from_template(theirs)
    return _moved(original, theirs, ours, footage)


def _moved(original: InputContainer, theirs: AudioStream, ours: AudioStream, footage: Footage) -> Timed:
    last: int | None = None
    for packet in _bearing_the_end(original.demux(theirs)):
        if packet.pts is None or packet.dts is None or not packet.size:
            continue
        later = round(Fraction(footage.begins_at, footage.ticks) / packet.time_base)
        packet.pts, packet.dts = packet.pts - later, packet.dts - later
        if last is not None and packet.dts <= last:
            continue
        last = packet.dts
        packet.stream = ours
        yield float(last * packet.time_base), packet


def _encoded(original: InputContainer, container: OutputContainer, footage: Footage) -> Timed:
    theirs = _sound_of(original)
    if theirs is None:
        return iter(())
    rate = theirs.codec_context.sample_rate
    rate = min(_SOUND_RATES, key=lambda known: abs(known - rate))
    ours = container.add_stream("aac", rate=rate)
    ours.codec_context.layout = "mono" if theirs.codec_context.layout.nb_channels == 1 else "stereo"
    ours.codec_context.bit_rate = _SOUND_BITS
    return _encoded_packets(original, theirs, ours, footage)


def _encoded_packets(original: InputContainer, theirs: AudioStream, ours: AudioStream, footage: Footage) -> Timed:
    context = ours.codec_context
    resampler = AudioResampler("fltp", context.layout, context.sample_rate, frame_size=context.frame_size or 1024)
    begins_at = Fraction(footage.begins_at, footage.ticks)
    at: int | None = None
    for frame in _heard(original, theirs):
        if at is None and frame is not None:
            at = round(((frame.time or 0) - begins_at) * context.sample_rate)
        for piece in resampler.resample(frame):
            piece.pts, piece.time_base = at, Fraction(1, context.sample_rate)
            at = (at or 0) + piece.samples
            for packet in ours.encode(piece):
                yield float((packet.dts or 0) * packet.time_base), packet
    for packet in ours.encode(None):
        yield float((packet.dts or 0) * packet.time_base), packet


def _heard(original: InputContainer, theirs: AudioStream) -> Iterator[AudioFrame | None]:
    """What can be decoded, and at the end None, which asks for what is held back."""
    for packet in _bearing_the_end(original.demux(theirs)):
        try:
            frames = packet.decode()
        except (FFmpegError, ValueError):
            continue
        yield from frames
    yield None


def _sound_of(original: InputContainer) -> AudioStream | None:
    # A codec that nobody knows has no context.
    return next((stream for stream in original.streams.audio if stream.codec_context is not None), None)


def _bearing_the_end(packets: "Iterator[Packet[AudioStream]]") -> "Iterator[Packet[AudioStream]]":
    try:
        yield from packets
    except FFmpegError:
        return
