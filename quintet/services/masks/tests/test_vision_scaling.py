"""FFmpeg's scaler does what Pillow's did when the models were trained."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL.Image
import pytest

from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.vision.scaling import scaled

# Light, tinted: photographs have no colours that change from pixel to pixel.
NOISE = np.random.default_rng(1).integers(0, 255, (24, 32, 1), np.uint8) // np.array([1, 2, 3], np.uint8)


def make_photograph(width: int, height: int) -> Pixels:
    """Colours that change as softly as in a photograph."""
    return np.array(PIL.Image.fromarray(NOISE).resize((width, height), PIL.Image.Resampling.BICUBIC))


def by_pillow(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(PIL.Image.fromarray(pixels).resize((width, height), PIL.Image.Resampling.BILINEAR))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((640, 480), (448, 336)),
        ((401, 299), (640, 477)),
        ((2000, 1500), (640, 480)),
        ((301, 1700), (113, 640)),
        ((33, 41), (66, 82)),
        ((900, 3), (640, 2)),
        ((2, 2), (4, 4)),
        ((1, 1), (2, 2)),
        ((20_000, 40), (640, 1)),
    ],
)
def test_it_is_pillows_to_within_a_few_shades(old: tuple[int, int], new: tuple[int, int]) -> None:
    photograph = make_photograph(*old)
    ours, theirs = scaled(photograph, *new), by_pillow(photograph, *new)

    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(int) - theirs).max() <= 5
    assert np.abs(ours.astype(int) - theirs).mean() < 0.4


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_pixels_that_lie_otherwise_in_memory_come_out_upright(turns: int) -> None:
    turned = np.rot90(make_photograph(300, 200), turns)

    assert np.abs(scaled(turned, 100, 120).astype(int) - by_pillow(np.ascontiguousarray(turned), 100, 120)).max() <= 5


def test_pixels_that_may_not_be_written_can_be_scaled() -> None:
    photograph = make_photograph(300, 200)
    photograph.flags.writeable = False

    assert scaled(photograph, 150, 100).shape == (100, 150, 3)


def test_what_was_scaled_stays_when_the_next_is() -> None:
    first = scaled(make_photograph(300, 200), 150, 100)
    before = first.copy()
    scaled(np.zeros((200, 300, 3), np.uint8), 150, 100)

    assert (first == before).all()


def test_threads_do_not_mix_their_pictures_up() -> None:
    pictures = [np.full((90 + turn, 120, 3), turn * 8, np.uint8) for turn in range(30)]
    with ThreadPoolExecutor(8) as pool:
        small = list(pool.map(lambda picture: scaled(picture, 60, 45), pictures * 4))

    assert [int(picture.max()) for picture in small] == [int(picture.max()) for picture in pictures * 4]
    assert [int(picture.min()) for picture in small] == [int(picture.min()) for picture in pictures * 4]
