"""Boxes and captions on the picture."""

import numpy as np
import PIL.ImageColor
import pytest

from quintet.services.masks.vision.detector import Face, Wearing
from quintet.services.masks.vision.draw import COLOURS, draw_faces
from quintet.services.masks.vision.letterbox import Pixels

BLACK = np.zeros((480, 640, 3), np.uint8)


def make_face(x1: float, y1: float, side: float, wearing: Wearing = "with_mask", score: float = 0.9) -> Face:
    return Face(x1, y1, x1 + side, y1 + side, wearing, score)


def painted(pixels: Pixels, wearing: Wearing) -> Pixels:
    """Where the colour of a class is."""
    colour = PIL.ImageColor.getrgb(COLOURS[wearing][0])
    there: Pixels = (pixels == np.array(colour)).all(2)
    return there


@pytest.mark.parametrize("wearing", list(COLOURS))
def test_a_face_gets_a_box_in_the_colour_of_what_it_wears(wearing: Wearing) -> None:
    drawn = painted(draw_faces(BLACK, [make_face(200, 200, 100, wearing)]), wearing)

    assert drawn[200, 210:290].all()
    assert drawn[299, 210:290].all()
    assert drawn[210:290, 200].all()
    assert drawn[210:290, 299].all()
    assert not drawn[205:295, 205:295].any()


def test_the_picture_given_stays_as_it_was() -> None:
    picture = BLACK.copy()

    drawn = draw_faces(picture, [make_face(200, 200, 100)])

    assert not picture.any()
    assert drawn.any()


def test_no_face_no_paint() -> None:
    assert (draw_faces(BLACK, []) == BLACK).all()


def test_the_caption_stands_above_the_face() -> None:
    drawn = draw_faces(BLACK, [make_face(200, 200, 100)])

    assert painted(drawn, "with_mask")[180:199, 200:240].any()
    assert (drawn[180:199, 200:280] > 200).all(2).any()  # white ink


def test_a_face_at_the_top_right_keeps_its_caption_within_the_picture() -> None:
    at_the_edge = painted(draw_faces(BLACK, [make_face(600, 0, 40)]), "with_mask")
    elsewhere = painted(draw_faces(BLACK, [make_face(300, 300, 40)]), "with_mask")

    assert at_the_edge.sum() > 0.7 * elsewhere.sum()


def test_boxes_beyond_the_edges_are_drawn_as_far_as_they_go() -> None:
    assert draw_faces(BLACK, [Face(-20, -20, 900, 900, "without_mask", 0.5)]).any()


@pytest.mark.parametrize("side", [1, 5, 24, 60])
def test_even_a_tiny_picture_can_be_drawn_on(side: int) -> None:
    tiny = np.zeros((side, side, 3), np.uint8)

    assert draw_faces(tiny, [Face(0, 0, side, side, "without_mask", 0.99)]).shape == (side, side, 3)


def test_lines_grow_with_the_picture() -> None:
    large = np.zeros((2400, 3200, 3), np.uint8)

    drawn = painted(draw_faces(large, [make_face(1000, 1000, 500)]), "with_mask")

    assert 6 <= drawn[1250, :1200].sum() <= 14


def test_a_caption_shrinks_to_its_score_rather_than_cover_another_face() -> None:
    below = make_face(200, 200, 30)
    other = make_face(255, 180, 30, "without_mask")

    alone = painted(draw_faces(BLACK, [below]), "with_mask")
    crowded = painted(draw_faces(BLACK, [below, other]), "with_mask")

    assert alone[185:199, 200:400].any(0).sum() > 1.5 * crowded[185:199, 200:400].any(0).sum()
