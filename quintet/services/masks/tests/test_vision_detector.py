"""The shipped models: they load, they refuse damage, and they find faces."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from quintet.services.masks.vision import (
    DamagedModel,
    Face,
    UnknownModel,
    all_models,
    find_model,
    load_detector,
    open_picture,
)
from quintet.services.masks.vision.registry import SHIPPED

ROOT = Path(__file__).parents[4]
LABELLED = ROOT.parent / "shared" / "data" / "masks" / "train"
Known = list[tuple[str, tuple[float, ...]]]
Photograph = tuple[bytes, Known]

NOISE = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a copy of a shipped model that may be spoilt."""
    shutil.copytree(SHIPPED / "fast", tmp_path / "mine")
    return tmp_path / "mine"


def overlap(ours: tuple[float, ...], theirs: tuple[float, ...]) -> float:
    low, high = np.maximum(ours[:2], theirs[:2]), np.minimum(ours[2:], theirs[2:])
    shared = float(np.clip(high - low, 0, None).prod())
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (ours, theirs))
    return shared / (areas - shared)


def test_two_models_ship_and_both_say_what_they_are() -> None:
    models = {model.name: model for model in all_models()}

    assert {"accurate", "fast"} <= set(models)
    assert models["accurate"].side > models["fast"].side
    for model in models.values():
        assert model.classes == ("with_mask", "without_mask", "mask_worn_incorrect")
        assert model.licence
        assert model.file.stat().st_size < 3_000_000


def test_the_shipped_figures_keep_the_bar() -> None:
    figures = find_model("accurate").figures["int8"]["both"]

    assert figures["any_face"] >= 0.85
    assert figures["mean"] >= 0.75


@pytest.mark.parametrize("name", ["accurate", "fast"])
def test_a_picture_without_faces_has_none(name: str) -> None:
    detector = load_detector(name)

    assert detector.detect(np.full((90, 200, 3), 200, np.uint8)) == []
    assert detector.detect(NOISE) == []


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 2000), (2000, 3), (641, 639)])
def test_a_picture_of_any_shape_can_be_asked_about(height: int, width: int) -> None:
    faces = load_detector("fast").detect(np.zeros((height, width, 3), np.uint8), 0.01)

    assert all(0 <= f.x1 < f.x2 <= width and 0 <= f.y1 < f.y2 <= height for f in faces)


def test_a_lower_threshold_shows_more_and_never_less() -> None:
    detector = load_detector("fast")
    pixels = np.array(PIL.Image.effect_mandelbrot((320, 240), (-2, -1.2, 1, 1.2), 60).convert("RGB"))

    counts = [len(detector.detect(pixels, threshold)) for threshold in (0.9, 0.3, 0.02, 0.002)]

    assert counts == sorted(counts)
    assert counts[-1] > 0


@pytest.mark.parametrize("threshold", [0, 1, -0.5, 7])
def test_a_threshold_that_no_score_can_meet_is_our_mistake(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        load_detector("fast").detect(NOISE, threshold)


@pytest.mark.parametrize("pixels", [NOISE[..., 0], NOISE[..., :2], NOISE.astype(np.float32)])
def test_pixels_of_another_kind_are_our_mistake(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        load_detector("fast").detect(pixels)


def test_all_threads_of_a_process_share_one_session() -> None:
    with ThreadPoolExecutor(8) as pool:
        detectors = list(pool.map(lambda _: load_detector("fast"), range(16)))
        answers = list(pool.map(lambda detector: detector.detect(NOISE, 0.01), detectors))

    assert len({id(detector) for detector in detectors}) == 1
    assert all(answer == answers[0] for answer in answers)


def test_a_name_nobody_knows_is_refused_with_those_we_know() -> None:
    with pytest.raises(UnknownModel, match=r"'clever'.*accurate, fast"):
        load_detector("clever")


def test_a_model_may_come_from_a_folder(copied: Path) -> None:
    assert load_detector(copied).model.name == "mine"
    assert load_detector("mine", extra=copied.parent).model.name == "mine"
    assert "mine" in [model.name for model in all_models(copied.parent)]


def test_ones_own_model_stands_in_for_a_shipped_one_of_the_same_name(copied: Path) -> None:
    copied.rename(copied.with_name("accurate"))

    assert find_model("accurate", copied.parent).folder == copied.with_name("accurate")


def test_a_changed_model_file_is_not_loaded(copied: Path) -> None:
    content = bytearray((copied / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copied / "model.onnx").write_bytes(content)

    with pytest.raises(DamagedModel, match=r"'mine'.*sha256"):
        load_detector(copied)


def test_a_missing_model_file_is_named(copied: Path) -> None:
    (copied / "model.onnx").unlink()

    with pytest.raises(DamagedModel, match=r"model\.onnx cannot be read"):
        load_detector(copied)


@pytest.mark.parametrize(
    ("key", "value"),
    [("threshold", 1.5), ("threshold", "high"), ("classes", ["cat"]), ("strides", []), ("nms", {}), ("sha256", ...)],
)
def test_a_model_json_that_makes_no_sense_is_refused(copied: Path, key: str, value: object) -> None:
    told = json.loads((copied / "model.json").read_text())
    told.pop(key)
    (copied / "model.json").write_text(json.dumps(told if value is ... else told | {key: value}))

    with pytest.raises(DamagedModel):
        load_detector(copied)


def test_a_model_json_that_is_not_json_is_refused(copied: Path) -> None:
    (copied / "model.json").write_text("{")

    with pytest.raises(DamagedModel, match="not JSON"):
        load_detector(copied)


@pytest.fixture(scope="module")
def crowd() -> list[Photograph]:
    """Labelled photographs that the model never learned from, with their faces."""
    if not LABELLED.is_dir():
        pytest.skip("the labelled photographs are not at hand (they are not part of the repository)")
    held = json.loads((ROOT / "training" / "masks" / "split.json").read_text())["report"][:12]
    book = json.loads((LABELLED / "annotations.json").read_text())
    names = {image["id"]: image["file_name"] for image in book["images"]}
    kinds = {kind["id"]: kind["name"] for kind in book["categories"]}
    faces: dict[str, Known] = {name: [] for name in held}
    for face in book["annotations"]:
        if names[face["image_id"]] in faces:
            x, y, width, height = face["bbox"]
            faces[names[face["image_id"]]].append((kinds[face["category_id"]], (x, y, x + width, y + height)))
    return [((LABELLED / "images" / name).read_bytes(), faces[name]) for name in held]


def matched(found: list[Face], known: Known) -> int:
    """How many known faces were found in their place with the right class."""
    return sum(any(f.wearing == kind and overlap(f.box, box) > 0.5 for f in found) for kind, box in known)


@pytest.mark.parametrize(("name", "share"), [("accurate", 0.7), ("fast", 0.6)])
def test_most_faces_of_photographs_are_found_with_what_they_wear(
    crowd: list[Photograph], name: str, share: float
) -> None:
    detector = load_detector(name)
    right = known = found = 0
    for content, faces in crowd:
        answer = detector.detect(open_picture(content).pixels)
        right, known, found = right + matched(answer, faces), known + len(faces), found + len(answer)

    assert right >= share * known
    assert right >= share * found


def test_a_camera_held_sideways_changes_no_face(crowd: list[Photograph]) -> None:
    content, known = max(crowd, key=lambda pair: len(pair[1]))
    lying, out = PIL.Image.open(BytesIO(content)).transpose(PIL.Image.Transpose.ROTATE_90), BytesIO()
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turn it right by a quarter to see it upright
    lying.save(out, "PNG", exif=exif)
    detector = load_detector("accurate")

    upright = detector.detect(open_picture(content).pixels)
    turned = detector.detect(open_picture(out.getvalue()).pixels)

    assert matched(upright, known) > 0
    assert turned == upright
