"""The product's own mask detectors annotate tasks, over HTTP, as CVAT's page asks for it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.tests.makers import make_person as make_annotator
from quintet.services.annotation.tests.makers import send, signed_in, told, with_cookie_of, with_key
from quintet.services.annotation.tests.media import picture, upload
from quintet.services.annotation.tests.test_tasks import member
from quintet.services.masks.tests import makers as masks
from quintet.services.masks.tests.vision_makers import make_meta, make_painter
from quintet.services.masks.vision.adding import add_model

pytestmark = pytest.mark.django_db
CLASSES = ["with_mask", "without_mask", "mask_worn_incorrect"]


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"
    settings.QUINTET_DATA = str(tmp_path / "data")


@pytest.fixture
def client() -> Client:
    return with_key(member())


@pytest.fixture
def photograph() -> bytes:
    """People in the street."""
    photographs = Path(__file__).parents[4] / "shared" / "data" / "masks" / "train" / "images"
    if not photographs.is_dir():
        pytest.skip("no photographs at hand (../shared/data/masks)")
    return sorted(photographs.iterdir())[0].read_bytes()


def task_with(client: Client, files: dict[str, bytes], labels: list[str] = CLASSES) -> Any:
    said = {"name": "street", "labels": [{"name": name} for name in labels]}
    task_id = told(send(client, "POST", "tasks", said))["id"]
    assert upload(client, task_id, files).status_code == 202
    return told(client.get(f"/api/v1/tasks/{task_id}"))


def marked(client: Client, task: Any) -> list[tuple[int, str, list[float]]]:
    names = {label["id"]: label["name"] for label in task["labels"]}
    found = told(client.get(f"/api/v1/tasks/{task['id']}/annotations"))["shapes"]
    return [(shape["frame"], names[shape["label_id"]], shape["points"]) for shape in found]


def add_painter(tmp_path: Path) -> str:
    """A model of one's own: one box on every picture, of the class that its colour says."""
    network = make_painter(tmp_path / "mine.onnx")
    return add_model(tmp_path / "data" / "models", network, make_meta(tmp_path / "model.json")).name


def test_the_models_that_ship_are_listed(client: Client) -> None:
    found = {each["id"]: each for each in told(client.get("/api/v1/lambda/functions"))}
    assert {"masks.accurate", "masks.fast"} <= set(found)
    assert found["masks.accurate"]["labels"] == CLASSES
    assert (found["masks.fast"]["kind"], found["masks.fast"]["state"]) == ("detector", "ready")


def test_a_model_of_ones_own_is_listed_and_looks_at_frames(client: Client, tmp_path: Path) -> None:
    function = f"masks.{add_painter(tmp_path)}"
    assert function in [each["id"] for each in told(client.get("/api/v1/lambda/functions"))]
    task = task_with(client, {"a.png": picture(64, 64, "red", "PNG"), "b.png": picture(64, 64, "lime", "PNG")})
    assert send(client, "POST", "lambda/requests", {"function": function, "task": task["id"]}).status_code == 200
    run_due()
    where = [22, 27, 42, 37]
    assert marked(client, task) == [(0, "with_mask", where), (1, "without_mask", where)]


def test_a_model_that_was_damaged_is_told_of_in_words(client: Client, tmp_path: Path) -> None:
    function = f"masks.{add_painter(tmp_path)}"
    (tmp_path / "data" / "models" / "mine" / "model.onnx").write_bytes(b"spoilt")
    task = task_with(client, {"a.png": picture()})
    run = told(send(client, "POST", "lambda/requests", {"function": function, "task": task["id"]}))
    run_due()
    said = told(client.get(f"/api/v1/lambda/requests/{run['id']}"))
    assert said["status"] == "failed"
    assert "install the model again" in said["exc_info"]
    (tmp_path / "data" / "models" / "mine" / "model.json").write_text("{")
    assert function not in [each["id"] for each in told(client.get("/api/v1/lambda/functions"))]


def test_the_page_annotates_a_task_with_the_shipped_model(photograph: bytes) -> None:
    """What CVAT 1.1's page sends, from its list of models to the annotations."""
    make_annotator("uma").groups.add(*member("olga").groups.all())
    page = signed_in("uma")
    task = task_with(page, {"street.png": photograph}, ["masked", "bare", "wrong"])

    functions = [each for each in told(page.get("/api/v1/lambda/functions")) if each["kind"] == "detector"]
    [model] = [each for each in functions if each["id"] == "masks.accurate"]
    assert told(page.get("/api/v1/lambda/requests")) == []
    mapping = dict(zip(model["labels"], ("masked", "bare", "wrong"), strict=True))
    said = {"mapping": mapping, "cleanup": True, "task": task["id"], "function": model["id"]}
    run = told(send(page, "POST", "lambda/requests", said))["id"]
    assert isinstance(run, str)
    assert told(page.get(f"/api/v1/lambda/requests/{run}"))["status"] == "queued"
    # A reload finds what is under way by task.
    assert [(each["id"], each["function"]["task"]) for each in told(page.get("/api/v1/lambda/requests"))] == [
        (run, task["id"])
    ]
    run_due()
    assert told(page.get(f"/api/v1/lambda/requests/{run}"))["status"] == "finished"
    assert with_cookie_of(page).get(f"/api/v1/tasks/{task['id']}/annotations").status_code == 200

    browser = masks.signed_in(masks.make_person("walter"))
    answer = browser.post(
        "/mask_detect/picture_calculate/",
        {"pic_file": SimpleUploadedFile("x.png", photograph)},
        headers={"Accept": "application/json"},
    )
    seen = answer.json()["faces"]
    assert seen
    found = marked(page, task)
    assert [label for _, label, _ in found] == [mapping[face["class"]] for face in seen]
    for (_, _, points), face in zip(found, seen, strict=True):
        assert points == pytest.approx(face["box"], abs=0.06)


def test_who_only_knows_of_functions_loads_nothing_that_looks() -> None:
    said = (
        "import sys; from quintet.bridges import faces_to_shapes; faces_to_shapes.offer();"
        "print([name for name in ('onnxruntime', 'numpy', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
