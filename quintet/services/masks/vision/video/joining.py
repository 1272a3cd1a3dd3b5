"""The parts become one file without being encoded again, with the sound of the original."""

import heapq
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from quintet.services.masks.vision.video.probing import Footage, opened

log = logging.getLogger("quintet.masks")

# Sound that MP4 carries as it is; anything else is encoded as AAC.
_CARRIED = {"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"}
_SOUND_BITS = 128_000
_SOUND_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

Sound = Callable[[InputContainer, OutputContainer, Footage], "Iterator[Packet[AudioStream]]"]


@dataclass(frozen=True)
class Piece:
    """An encoded part, and when its first frame is shown, in ticks."""

    file: Path
    begins_at: int


def join(source: Path, footage: Footage, pieces: Sequence[Piece], target: Path) -> None:
    """Put the pieces behind one another. A sound that cannot be copied is encoded anew; one that cannot be decoded is
    left out.

    Raises ValueError when there is no piece, or when one was written by another encoder.
    """
    for sound in (_copied, _encoded):
        try:
            _write(source, footage, pieces, target, sound)
            return
        except FFmpegError:
            log.info("the sound cannot be %s", "copied" if sound is _copied else "encoded", exc_info=True)
    _write(source, footage, pieces, target, _silence)


def _write(source: Path, footage: Footage, pieces: Sequence[Piece], target: Path, sound: Sound) -> None:
    with (
        opened(source) as (original, _),
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        pictures: Iterator[Packet[Any]] = _pictures(container, footage, pieces)
        sounds: Iterator[Packet[Any]] = sound(original, container, footage)
        # Each stream is in order; put together so, the container never has to hold much back.
        for packet in heapq.merge(pictures, sounds, key=_shown_at):
            container.mux(packet)


def _shown_at(packet: "Packet[Any]") -> Fraction:
    return (packet.dts or 0) * packet.time_base


def _pictures(container: OutputContainer, footage: Footage, pieces: Sequence[Piece]) -> "Iterator[Packet[VideoStream]]":
    with av.open(str(pieces[0].file), "r") as first:
        stream = container.add_stream_from_template(first.streams.video[0])
        header = bytes(first.streams.video[0].codec_context.extradata or b"")
    stream.time_base = Fraction(1, footage.ticks)
    return _packets_of(stream, footage, pieces, header)


def _packets_of(
    stream: VideoStream, footage: Footage, pieces: Sequence[Piece], header: bytes
) -> "Iterator[Packet[VideoStream]]":
    held: Packet[VideoStream] | None = None
    for piece in pieces:
        with av.open(str(piece.file), "r") as opened_piece:
            theirs = opened_piece.streams.video[0]
            if bytes(theirs.codec_context.extradata or b"") != header:
                raise ValueError("two parts were encoded differently")
            for packet in opened_piece.demux(theirs):
                if packet.pts is None:
                    continue
                _put(packet, stream, round(packet.pts * packet.time_base * footage.ticks) + piece.begins_at, footage)
                if held is not None:
                    held.duration = (packet.pts or 0) - (held.pts or 0)
                    yield held
                held = packet
    if held is not None:
        held.duration = footage.ticks_of_a_frame
        yield held


def _put(packet: "Packet[VideoStream]", stream: VideoStream, moment: int, footage: Footage) -> None:
    packet.stream = stream
    packet.time_base = Fraction(1, footage.ticks)
    packet.pts = packet.dts = moment


def _silence(original: InputContainer, container: OutputContainer, footage: Footage) -> "Iterator[Packet[AudioStream]]":
    return iter(())


def _copied(original: InputContainer, container: OutputContainer, footage: Footage) -> "Iterator[Packet[AudioStream]]":
    theirs = _sound_of(original)
    if theirs is None:
        return iter(())
    if theirs.codec_context.codec.canonical_name not in _CARRIED:
        return _encoded(original, container, footage)
    ours = container.add_stream_from_template(theirs)
    return _moved(original, theirs, ours, footage)


def _moved(
    original: InputContainer, theirs: AudioStream, ours: AudioStream, footage: Footage
) -> "Iterator[Packet[AudioStream]]":
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
        yield packet


def _encoded(original: InputContainer, container: OutputContainer, footage: Footage) -> "Iterator[Packet[AudioStream]]":
    theirs = _sound_of(original)
    if theirs is None:
        return iter(())
    rate = theirs.codec_context.sample_rate
    rate = min(_SOUND_RATES, key=lambda known: abs(known - rate))
    ours = container.add_stream("aac", rate=rate)
    ours.codec_context.layout = "mono" if theirs.codec_context.layout.nb_channels == 1 else "stereo"
    ours.codec_context.bit_rate = _SOUND_BITS
    return _encoded_packets(original, theirs, ours, footage)


def _encoded_packets(
    original: InputContainer, theirs: AudioStream, ours: AudioStream, footage: Footage
) -> "Iterator[Packet[AudioStream]]":
    context = ours.codec_context
    resampler = AudioResampler("fltp", context.layout, context.sample_rate, frame_size=context.frame_size or 1024)
    begins_at = Fraction(footage.begins_at, footage.ticks)
    at: int | None = None
    for packet in _bearing_the_end(original.demux(theirs)):
        try:
            frames = packet.decode()
        except (FFmpegError, ValueError):
            continue
        for frame in frames:
            if at is None:
                at = round(((frame.time or 0) - begins_at) * context.sample_rate)
            frame.pts = None
            for piece in resampler.resample(frame):
                piece.pts, piece.time_base = at, Fraction(1, context.sample_rate)
                at += piece.samples
                yield from ours.encode(piece)
    yield from ours.encode(None)


def _sound_of(original: InputContainer) -> AudioStream | None:
    # A codec that nobody knows has no context.
    return next((stream for stream in original.streams.audio if stream.codec_context is not None), None)


def _bearing_the_end(packets: "Iterator[Packet[AudioStream]]") -> "Iterator[Packet[AudioStream]]":
    try:
        yield from packets
    except FFmpegError:
        return
