"""Whatever a phone or a camera wrote: upright, even, every frame at its own time, cut and joined without a seam."""

import io
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from quintet.services.masks.tests.video_makers import TICKS, Figure, Figures, SeesColours, make_clip, numbers_in
from quintet.services.masks.vision.video.joining import Piece, join
from quintet.services.masks.vision.video.parts import STRIDE, Seen, calculate_part
from quintet.services.masks.vision.video.planning import Part, plan
from quintet.services.masks.vision.video.probing import BadVideo, Footage, look_at
from quintet.services.masks.vision.video.stitching import Person, stitched


class Calculated:
    """A video that went the whole way, in parts of so many seconds."""

    def __init__(self, source: Path, *, seconds: int = 1000, score: float = 0.9) -> None:
        self.footage: Footage = look_at(source)
        self.parts: list[Part] = plan(source, self.footage, seconds=seconds)
        self.detector = SeesColours(score)
        self.seen: list[Seen] = []
        pieces = []
        for number, part in enumerate(self.parts):
            film = source.with_name(f"part-{number}.mp4")
            seen = calculate_part(source, self.footage, part, self.detector, film, side=448)
            self.seen.append(seen)
            if len(seen.times):
                pieces.append(Piece(film, int(seen.times[0])))
        self.result = source.with_name("result.mp4")
        join(source, self.footage, pieces, self.result)
        self.people: list[Person] = stitched(self.seen)

    @property
    def frames(self) -> list[av.VideoFrame]:
        with av.open(str(self.result), "r") as container:
            return list(container.decode(video=0))

    @property
    def seconds(self) -> list[float]:
        return [round(float(frame.time or 0), 4) for frame in self.frames]

    def stream(self, kind: str) -> Any:
        with av.open(str(self.result), "r") as container:
            return next((stream for stream in container.streams if stream.type == kind), None)


def calculated(folder: Path, *, parts_of: int = 1000, **clip: Any) -> Calculated:
    source = folder / "original"
    make_clip(source, **clip)
    return Calculated(source, seconds=parts_of)


def standing(frame: int) -> Sequence[Figure]:
    return [(20, 20, 40, 40, "without_mask")]


def test_every_frame_keeps_its_own_time(tmp_path: Path) -> None:
    gaps = [512, 700, 300, 2000, 512, 1, 900] * 6
    times = [0, *accumulate(gaps)]
    done = calculated(tmp_path, times=times, frames=len(times))
    assert done.seconds == [round(time / TICKS, 4) for time in times]
    assert done.seen[0].times.tolist() == times


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "mov"])
def test_a_video_in_parts_has_every_frame_once(tmp_path: Path, kind: str) -> None:
    done = calculated(tmp_path, parts_of=1, kind=kind, frames=90, key_every=12, numbered=True, sound="aac")
    assert [len(seen.times) for seen in done.seen] == [36, 36, 18]
    assert [part.packets for part in done.parts] == [36, 36, 18]
    assert numbers_in(done.frames) == list(range(90))
    steps = [later - sooner for sooner, later in pairwise(done.seconds)]
    assert steps == pytest.approx([0.04] * 89, abs=0.0011)


@pytest.mark.parametrize(
    ("kind", "codec", "options"),
    [
        ("mp4", "libx264", {"x264-params": "open-gop=1:bframes=3"}),
        ("mp4", "libx264", {"bf": "0"}),
        ("ts", "mpeg2video", {"bf": "2"}),
        ("mkv", "mpeg4", {"bf": "2"}),
    ],
)
def test_frames_that_are_shown_before_their_key_frame_are_in_one_part(
    tmp_path: Path, kind: str, codec: str, options: dict[str, str]
) -> None:
    clip: Any = {"kind": kind, "codec": codec, "options": {"sc_threshold": "1000000000", **options}}
    done = calculated(tmp_path, **clip, parts_of=1, frames=90, key_every=15, numbered=True)
    assert len(done.parts) > 2
    assert numbers_in(done.frames) == list(range(90))


def test_parts_of_uneven_times_are_joined_at_their_times(tmp_path: Path) -> None:
    times = [0, *accumulate([512, 700, 300, 2000, 512, 900] * 14)]
    done = calculated(tmp_path, parts_of=1, times=times, frames=len(times), key_every=10, numbered=True)
    assert len(done.parts) > 3
    assert numbers_in(done.frames) == list(range(len(times)))
    assert done.seconds == [round(time / TICKS, 4) for time in times]


def test_who_stays_across_parts_counts_once(tmp_path: Path) -> None:
    clip = {"frames": 90, "key_every": 10, "width": 320, "height": 240}
    whole = calculated(tmp_path, **clip, figures=walkers)
    parts = calculated(tmp_path, **clip, figures=walkers, parts_of=1)
    assert len(parts.parts) == 3
    for done in (whole, parts):
        assert [(one.wearing, one.counts) for one in done.people] == [("with_mask", True), ("without_mask", True)]
        assert [(one.enters, one.leaves) for one in done.people] == [(0, 89), (0, 89)]
    assert [one.frames for one in parts.people] == [one.frames for one in whole.people] == [90, 90]
    assert [len(one.stretches) for one in parts.people] == [3, 3]


def walkers(frame: int) -> Sequence[Figure]:
    """One from the left above, one from the right below."""
    x = 10 + 3 * frame
    return [(x, 40, x + 24, 70, "with_mask"), (290 - x, 150, 314 - x, 180, "without_mask")]


def test_who_comes_after_another_left_is_somebody_else(tmp_path: Path) -> None:
    def seen(frame: int) -> Sequence[Figure]:
        return [(20, 20, 50, 60, "with_mask")] if frame < 30 else [(240, 120, 270, 160, "with_mask")]

    done = calculated(tmp_path, frames=60, key_every=10, width=320, height=240, figures=seen, parts_of=1)
    assert [(one.enters, one.counts) for one in done.people] == [(0, True), (30, True)]


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_turned_video_comes_back_upright(tmp_path: Path, turned: int) -> None:
    """The figure is at the top left as the camera saw it; a player shows it turned."""
    done = calculated(tmp_path, width=96, height=64, turned=turned, figures=lambda frame: [(4, 4, 24, 24, "with_mask")])
    with av.open(str(tmp_path / "original"), "r") as container:
        frame = next(container.decode(video=0))
        shown = np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)
        assert frame.rotation % 360 == -turned % 360
    upright = done.frames[5].to_ndarray(format="rgb24")
    assert upright.shape == shown.shape
    assert (
        {0: (0, 0), 90: (0, 1), 180: (1, 1), 270: (1, 0)}[turned] == greenest_corner(upright) == greenest_corner(shown)
    )
    x1, y1, x2, y2 = done.seen[0].places[0]["box"].tolist()
    green = greenness(shown)
    assert green[round(y1) + 3 : round(y2) - 3, round(x1) + 3 : round(x2) - 3].min() > 60
    assert done.frames[5].rotation == 0


def greenness(picture: Any) -> Any:
    return picture[..., 1].astype(int) - picture[..., 0]


def greenest_corner(picture: Any) -> tuple[int, int]:
    """Row and column, each 0 or 1."""
    green = greenness(picture)
    rows, columns = green.shape[0] // 2, green.shape[1] // 2
    sums = {
        (r, c): green[r * rows : (r + 1) * rows, c * columns : (c + 1) * columns].sum() for r in (0, 1) for c in (0, 1)
    }
    return max(sums, key=lambda corner: int(sums[corner]))


@pytest.mark.parametrize(("width", "height"), [(65, 49), (64, 49), (65, 48)])
def test_odd_sides_become_even(tmp_path: Path, width: int, height: int) -> None:
    done = calculated(tmp_path, width=width, height=height, pixels="yuv444p", figures=standing, options={"crf": "5"})
    picture = done.frames[0].to_ndarray(format="rgb24")
    assert picture.shape == (48, 64, 3)
    assert picture[30, 30].tolist() == pytest.approx([255, 0, 0], abs=25)
    assert picture[45, 60].tolist() == pytest.approx([90, 90, 90], abs=12)


@pytest.mark.parametrize(
    ("codec", "kind", "pixels"),
    [
        ("libx264", "mp4", "yuv420p10le"),
        ("libx265", "mp4", "yuv420p10le"),
        ("libx264", "mkv", "yuv422p"),
        ("mjpeg", "avi", "yuvj420p"),
        ("mpeg4", "avi", "yuv420p"),
        ("libvpx-vp9", "webm", "yuv420p"),
        ("mpeg2video", "ts", "yuv420p"),
        ("flv1", "flv", "yuv420p"),
    ],
)
def test_whatever_it_came_as_it_goes_as_eight_bit_h264(tmp_path: Path, codec: str, kind: str, pixels: str) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    done = calculated(
        tmp_path,
        codec=codec,
        kind=kind,
        pixels=pixels,
        figures=standing,
        options=options,
        frames=24,
        width=96,
        height=64,
    )
    stream = done.stream("video")
    assert (stream.codec_context.name, stream.codec_context.format.name) == ("h264", "yuv420p")
    assert len(done.frames) == 24
    assert [(one.wearing, one.counts) for one in done.people] == [("without_mask", True)]
    assert done.frames[10].to_ndarray(format="rgb24")[32, 30].tolist() == pytest.approx([255, 0, 0], abs=40)


def test_full_range_becomes_limited_range(tmp_path: Path) -> None:
    """What is black in the one is black in the other."""
    done = calculated(
        tmp_path, codec="mjpeg", kind="avi", pixels="yuvj420p", figures=lambda frame: [], numbered=True, frames=2
    )
    black = done.frames[0].to_ndarray()[44, 4]
    assert black == pytest.approx(16, abs=3)


def test_an_avi_whose_packets_do_not_say_when_they_are_shown_keeps_its_order(tmp_path: Path) -> None:
    done = calculated(tmp_path, kind="avi", frames=60, numbered=True, key_every=10, parts_of=1)
    assert len(done.parts) == 1
    assert numbers_in(done.frames) == list(range(60))
    assert [later - sooner for sooner, later in pairwise(done.seconds)] == pytest.approx([0.04] * 59, abs=0.001)


@pytest.mark.parametrize(
    ("kind", "codec", "expected"),
    [("mp4", "aac", "aac"), ("mkv", "libmp3lame", "mp3"), ("ts", "aac", "aac"), ("mkv", "flac", "flac"),
     ("mov", "pcm_s16le", "aac"), ("avi", "pcm_mulaw", "aac"), ("mp4", "", None)],
)  # fmt: skip
def test_sound_is_kept(tmp_path: Path, kind: str, codec: str, expected: str | None) -> None:
    done = calculated(tmp_path, kind=kind, sound=codec, frames=50)
    sound = done.stream("audio")
    assert (sound.codec_context.codec.canonical_name if sound else None) == expected
    assert len(done.frames) == 50
    if sound:
        with av.open(str(done.result), "r") as container:
            heard = list(container.decode(audio=0))
        assert sum(frame.samples for frame in heard) / heard[0].sample_rate == pytest.approx(2, abs=0.15)
        assert max(np.abs(frame.to_ndarray().astype(float)).max() for frame in heard) > 0.1


def test_sound_that_cannot_be_decoded_is_left_out(tmp_path: Path) -> None:
    source = tmp_path / "original"
    source.write_bytes(make_clip(sound="aac", frames=30).replace(b"mp4a", b"zzzz").replace(b"esds", b"zzzz"))
    done = Calculated(source)
    assert done.stream("audio") is None
    assert len(done.frames) == 30


@pytest.mark.parametrize("kind", ["ts", "mkv", "mp4"])
@pytest.mark.parametrize("kept", [0.4, 0.6])
def test_of_a_cut_file_all_that_is_there_is_used(tmp_path: Path, kind: str, kept: float) -> None:
    source = tmp_path / "original"
    clip: Any = {"kind": kind, "frames": 90, "key_every": 10, "options": {"crf": "10"}, "fragmented": kind == "mp4"}
    whole = make_clip(**clip, numbered=True, sound="" if kind == "mp4" else "aac")
    source.write_bytes(whole[: int(len(whole) * kept)])
    done = Calculated(source, seconds=1)
    numbers = numbers_in(done.frames)
    with av.open(str(source), "r") as container:
        there = sum(packet.size > 0 for packet in container.demux(video=0))
    assert 15 < there - 3 <= len(numbers) <= there < 60
    # Of the last few it depends on which of those they refer to are there.
    assert numbers[:-4] == list(range(len(numbers) - 4))
    assert numbers == sorted(set(numbers))


def test_a_damaged_stretch_costs_only_itself(tmp_path: Path) -> None:
    source = tmp_path / "original"
    whole = bytearray(make_clip(kind="ts", frames=90, key_every=10, numbered=True, options={"crf": "10"}))
    middle = len(whole) // 2
    whole[middle : middle + 3000] = b"\x55" * 3000
    source.write_bytes(whole)
    numbers = numbers_in(Calculated(source, seconds=1).frames)
    assert len(numbers) > 60
    assert numbers[:30] == list(range(30))
    assert numbers[-20:] == list(range(70, 90))


def test_two_recordings_behind_one_another_run_on(tmp_path: Path) -> None:
    """The clock of the second begins anew."""
    source = tmp_path / "original"
    source.write_bytes(make_clip(kind="ts", frames=40, key_every=10) * 2)
    done = Calculated(source, seconds=1)
    assert len(done.frames) == 80
    assert all(later > sooner for sooner, later in pairwise(done.seconds))


def test_a_clock_that_begins_late_is_begun_at_nought(tmp_path: Path) -> None:
    done = calculated(tmp_path, times=[900_000 + 512 * number for number in range(20)], frames=20, kind="mkv")
    assert done.seconds[0] == 0


def test_every_second_frame_is_looked_at_and_every_frame_has_its_box(tmp_path: Path) -> None:
    done = calculated(tmp_path, frames=21, figures=standing, width=128, height=96)
    assert done.detector.looked_at == 11
    assert STRIDE == 2
    assert done.seen[0].places["frame"].tolist() == list(range(21))
    edge = done.frames[11].to_ndarray(format="rgb24")[30, 20].astype(int)
    assert edge[0] > 150 > 100 > edge[1]


@pytest.mark.parametrize(
    ("mask", "colour"),
    [("with_mask", (26, 150, 65)), ("without_mask", (215, 25, 28)), ("mask_worn_incorrect", (255, 176, 0))],
)
def test_a_box_has_the_colour_of_what_is_worn(tmp_path: Path, mask: Any, colour: tuple[int, int, int]) -> None:
    figures: Figures = lambda frame: [(200, 200, 400, 400, mask)]  # noqa: E731
    done = calculated(tmp_path, frames=8, figures=figures, width=640, height=480)
    picture = done.frames[6].to_ndarray(format="rgb24")
    # Its lower edge; the figure itself lies within.
    assert picture[399, 250:350].mean(0).tolist() == pytest.approx(colour, abs=40)


@pytest.mark.parametrize("shape", [Fraction(4, 3)])
def test_pixels_that_are_not_square_stay_so(tmp_path: Path, shape: Fraction) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = shape
        for number in range(5):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source = tmp_path / "original"
    source.write_bytes(out.getvalue())
    assert Calculated(source).stream("video").sample_aspect_ratio == shape


def test_one_frame_is_a_video(tmp_path: Path) -> None:
    assert len(calculated(tmp_path, frames=1).frames) == 1


@pytest.mark.parametrize(("width", "height"), [(8, 64), (64, 8)])
def test_sides_have_limits(tmp_path: Path, width: int, height: int) -> None:
    source = tmp_path / "original"
    make_clip(source, width=width, height=height, codec="mpeg4")
    with pytest.raises(BadVideo, match="each side"):
        look_at(source)
