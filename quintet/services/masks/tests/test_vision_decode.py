"""From a network's answers to faces, and from a picture to the network's canvas and back."""

import numpy as np
import pytest

from quintet.services.masks.vision.decode import MOST_CANDIDATES, Floats, faces_from, points_of, without_overlaps
from quintet.services.masks.vision.letterbox import GREY, Placement, resize_letterboxed

STRIDES = (8, 16, 32, 64)
CANVAS = (128, 192)
AS_IT_IS = Placement(1.0, 1.0, 192, 128)


def make_answers() -> tuple[Floats, Floats]:
    """A network that sees nothing anywhere."""
    points, _ = points_of(*CANVAS, STRIDES)
    return np.full((len(points), 3), -9, np.float32), np.ones((len(points), 4), np.float32)


def find(logits: Floats, distances: Floats, most: int = 100, placement: Placement = AS_IT_IS) -> Floats:
    return faces_from(logits, distances, CANVAS, STRIDES, threshold=0.5, overlap=0.5, most=most, placement=placement)


def test_points_stand_in_the_middle_of_their_cells_level_by_level() -> None:
    points, steps = points_of(*CANVAS, STRIDES)

    assert len(points) == 24 * 16 + 12 * 8 + 6 * 4 + 3 * 2
    assert points[0].tolist() == [4, 4]
    assert points[25].tolist() == [12, 12]
    assert points[-1].tolist() == [160, 96]
    assert steps[-1].tolist() == [64]


def test_an_answer_becomes_a_box_around_its_point() -> None:
    logits, distances = make_answers()
    logits[24 * 16] = [-9, 2, -9]  # the first point of stride 16 stands at 8, 8
    distances[24 * 16] = [0.25, 0.5, 2, 3]

    assert find(logits, distances) == pytest.approx(np.array([[1, 0.8808, 4, 0, 40, 56]]), abs=1e-3)


def test_distances_that_have_not_gone_through_softplus_do_so_here() -> None:
    logits, distances = make_answers()
    logits[24 * 16] = [-9, 2, -9]
    distances[24 * 16] = [-1, 0, 2, 30]
    said = {"threshold": 0.5, "overlap": 0.5, "most": 9, "placement": Placement(1.0, 1.0, 9999, 9999)}
    there = distances.copy()
    there[24 * 16] = np.log1p(np.exp([-1, 0, 2, 30]))

    found = faces_from(logits, distances, CANVAS, STRIDES, softplus=True, **said)  # type: ignore[arg-type]

    assert found == pytest.approx(faces_from(logits, there, CANVAS, STRIDES, **said), abs=1e-3)  # type: ignore[arg-type]


def test_nothing_above_the_threshold_is_no_face() -> None:
    assert find(*make_answers()).shape == (0, 6)


def test_of_two_that_overlap_the_better_stays_whatever_their_classes() -> None:
    logits, distances = make_answers()
    logits[100] = [3, -9, -9]
    logits[101] = [-9, 4, -9]
    distances[100:102] = 4

    found = find(logits, distances)

    assert found[:, 0].tolist() == [1]


def test_neighbours_that_hardly_overlap_both_stay() -> None:
    logits, distances = make_answers()
    logits[[100, 104]] = 3
    distances[[100, 104]] = 2

    assert len(find(logits, distances)) == 2


def test_boxes_end_where_the_picture_ends() -> None:
    logits, distances = make_answers()
    logits[0] = 3
    distances[0] = 50

    assert find(logits, distances)[0, 2:].tolist() == [0, 0, 192, 128]


def test_a_box_that_lies_in_the_grey_beside_the_picture_is_no_face() -> None:
    logits, distances = make_answers()
    logits[23] = 3  # at x = 188

    assert len(find(logits, distances, placement=Placement(1.0, 1.0, 100, 128))) == 0


def test_no_more_faces_than_the_model_allows() -> None:
    logits, distances = make_answers()
    logits[:384:3] = 3
    distances[:] = 0.4

    assert len(find(logits, distances, most=7)) == 7


def test_a_picture_where_everything_looks_like_a_face_does_not_take_forever() -> None:
    points, _ = points_of(2048, 2048, STRIDES)
    logits = np.random.default_rng(1).normal(3, 1, (len(points), 3)).astype(np.float32)
    distances = np.full((len(points), 4), 0.3, np.float32)

    found = faces_from(
        logits,
        distances,
        (2048, 2048),
        STRIDES,
        threshold=0.5,
        overlap=0.5,
        most=10**6,
        placement=Placement(1.0, 1.0, 2048, 2048),
    )

    assert len(points) > 80_000
    assert 0 < len(found) <= MOST_CANDIDATES


def test_overlaps_are_judged_one_kept_box_at_a_time() -> None:
    # The second overlaps the first, and the third only the second: the third must outlive the second's fall.
    boxes = np.array([[0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]], np.float32)

    assert without_overlaps(boxes, 0.5).tolist() == [0, 2]


@pytest.mark.parametrize(
    ("height", "width", "canvas"),
    [
        (300, 400, (512, 640)),
        (400, 300, (640, 512)),
        (640, 640, (640, 640)),
        (10, 2000, (64, 640)),
        (1, 1, (64, 64)),
        (80, 100, (192, 256)),
    ],
)
def test_a_picture_of_any_shape_fills_whole_strides(height: int, width: int, canvas: tuple[int, int]) -> None:
    pixels, _ = resize_letterboxed(np.zeros((height, width, 3), np.uint8), 640, 64)

    assert pixels.shape == (*canvas, 3)


def test_what_lies_beside_the_picture_is_grey() -> None:
    pixels, _ = resize_letterboxed(np.zeros((300, 400, 3), np.uint8), 640, 64)

    assert pixels[:480].max() == 0
    assert (pixels[480:] == GREY).all()


def test_a_picture_that_fits_is_not_touched() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (640, 640, 3), np.uint8)

    pixels, _ = resize_letterboxed(noise, 640, 64)

    assert (pixels == noise).all()


def test_a_box_on_the_canvas_maps_back_to_where_it_was_on_the_picture() -> None:
    picture = np.zeros((301, 403, 3), np.uint8)
    picture[120:180, 200:260] = 255

    pixels, placement = resize_letterboxed(picture, 640, 64)
    ys, xs = np.nonzero((pixels[..., 0] > 128) & (pixels[..., 0] != GREY))
    box = np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], np.float32)

    assert placement.boxes_on_picture(box)[0] == pytest.approx([200, 120, 260, 180], abs=1)


def test_a_picture_without_pixels_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="without pixels"):
        resize_letterboxed(np.zeros((0, 5, 3), np.uint8), 640, 64)
