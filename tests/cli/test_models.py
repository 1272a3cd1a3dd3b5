"""quintet model: list, add, use, evaluate."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from quintet.services.masks.tests.vision_makers import make_meta, make_network
from tests.cli.running import quintet

# Two faces: cx, cy, w, h on a canvas of 64 pixels, and a score for each class.
ANSWER = np.array([[20, 10, 16, 8, 0.9, 0.1, 0], [50, 40, 10, 12, 0, 0.7, 0.2]], np.float32).T[None]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "data"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def added(data: Path) -> str:
    """The name of a model that finds two faces on every picture."""
    network = make_network(data.parent / "two-faces.onnx", ANSWER)
    meta = make_meta(data.parent / "meta.json", figures={"mean": 0.5})
    done = quintet("model", "add", str(network), "--meta", str(meta), data=data)
    assert done.returncode == 0, done.stderr
    return "two-faces"


def rows(data: Path, **variables: str) -> dict[str, str]:
    done = quintet("model", "list", data=data, **variables)
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t", 1) for line in done.stdout.splitlines())


def test_the_list_says_what_is_used_for_what_and_how_well_it_does(data: Path, added: str) -> None:
    told = rows(data)

    assert "in use: pictures" in told["accurate"]
    assert "in use: video" in told["fast"]
    assert "any_face 0." in told["accurate"]
    assert "added" in told[added]
    assert "mean 0.500" in told[added]


def test_the_choice_lasts_and_a_setting_goes_before_it(data: Path, added: str) -> None:
    assert quintet("model", "use", added, "--for", "video", data=data).returncode == 0
    assert "in use: video" in rows(data)[added]
    assert "in use" not in rows(data, QUINTET_MASKS_VIDEO_MODEL="fast")[added]
    told = quintet("model", "use", "accurate", "--for", "video", data=data, QUINTET_MASKS_VIDEO_MODEL="fast")
    assert "QUINTET_MASKS_VIDEO_MODEL goes before this" in told.stderr
    assert "in use: pictures, video" in rows(data)["accurate"]
    assert quintet("model", "use", "fast", "--for", "video", data=data).returncode == 0


def test_what_cannot_be_used_is_refused_in_words(data: Path, added: str) -> None:
    meta, network = data.parent / "meta.json", data.parent / "two-faces.onnx"
    again = quintet("model", "add", str(network), "--meta", str(meta), data=data)
    unknown = quintet("model", "use", "clever", data=data)
    broken = quintet("model", "add", str(meta), "--meta", str(meta), "--name", "no-network", data=data)

    assert (again.returncode, again.stderr) == (1, "quintet: there is a model 'two-faces' already\n")
    assert (unknown.returncode, "known: accurate, fast, two-faces" in unknown.stderr) == (1, True)
    assert (broken.returncode, "cannot be loaded" in broken.stderr) == (1, True)
    assert "no-network" not in rows(data)


def test_a_damaged_model_is_listed_as_such_and_hides_no_other(data: Path, added: str, tmp_path: Path) -> None:
    network = make_network(tmp_path / "later-spoilt.onnx", ANSWER)
    assert quintet("model", "add", str(network), "--meta", str(data.parent / "meta.json"), data=data).returncode == 0
    (data / "models" / "later-spoilt" / "model.onnx").write_bytes(b"spoilt")

    assert "damaged" in rows(data)["later-spoilt"]
    assert "added" in rows(data)[added]


def test_a_model_is_measured_on_labelled_pictures(data: Path, added: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (64, 64)).save(tmp_path / "images" / "a.png")
    coco = {
        "categories": [{"id": 1, "name": "with_mask"}, {"id": 2, "name": "without_mask"}],
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "bbox": [12, 6, 16, 8]},
            {"image_id": 1, "category_id": 2, "bbox": [5, 50, 10, 10]},
        ],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))

    done = quintet("model", "evaluate", str(tmp_path / "coco.json"), "--model", added, "--json", data=data)
    told = json.loads(done.stdout)

    assert (told["model"], told["pictures"], told["faces"]) == (added, 1, 2)
    assert (told["with_mask"], told["without_mask"], told["mean"]) == (1, 0, 0.5)
    (tmp_path / "images" / "a.png").unlink()
    gone = quintet("model", "evaluate", str(tmp_path / "coco.json"), data=data)
    assert (gone.returncode, "a.png" in gone.stderr) == (1, True)


def test_an_added_model_looks_at_files_too(data: Path, added: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")

    done = quintet("detect", str(tmp_path / "a.png"), "--model", added, "--json", QUINTET_DATA=str(data))

    assert [face["class"] for face in json.loads(done.stdout)["faces"]] == ["with_mask", "without_mask"]
