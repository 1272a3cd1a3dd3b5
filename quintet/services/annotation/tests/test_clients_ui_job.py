"""CVAT's page of 1.1 where one annotates: frames, saving, files out and in."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from quintet.core.deferred.inline import run_due
from quintet.services.annotation.tests.clients import Page
from quintet.services.annotation.tests.drawings import box, keyframe, marks, tag, track
from quintet.services.annotation.tests.makers import told
from quintet.services.annotation.tests.media import film, members, profile
from quintet.services.annotation.tests.test_clients_ui import CAR, make_task, page, pictures
from quintet.services.annotation.tests.test_tasks import member

pytestmark = pytest.mark.django_db
__all__ = ["page"]


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"


# A job is opened, and played.


def test_a_job_is_opened(page: Page) -> None:
    task = make_task(page)
    log = {
        "name": "Load job", "time": "2020-09-01T12:00:00.000Z", "client_id": "123456", "is_active": True,
        "task_id": task["id"], "job_id": task["segments"][0]["jobs"][0]["id"], "payload": {"duration": 3},
    }  # fmt: skip
    answer = page.send_json("POST", "server/logs", [log])
    assert answer.status_code == 201
    meta = page.get(f"tasks/{task['id']}/data/meta")
    assert set(meta) >= {"chunk_size", "size", "image_quality", "start_frame", "stop_frame", "frame_filter", "frames"}
    assert len(meta["frames"]) == task["size"]
    assert all(set(frame) >= {"width", "height", "name"} for frame in meta["frames"])
    assert page.get(f"jobs/{task['segments'][0]['jobs'][0]['id']}/annotations") == marks()


def test_chunks_come_to_a_worker_that_has_the_cookie_alone_and_are_not_sent_twice(page: Page) -> None:
    task = make_task(page, 3)
    url = f"tasks/{task['id']}/data?type=chunk&number=0&quality=compressed"
    answer = page.by_worker(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    inside = members(answer.getvalue())
    assert list(inside) == ["000000.jpeg", "000001.jpeg", "000002.jpeg"], "in the order of frames, one for each"
    assert all(Image.open(io.BytesIO(content)).size == (64, 48) for content in inside.values())
    again = page.by_worker(url, **{"If-Modified-Since": answer["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_next_chunk_is_fetched_ahead_and_the_one_after_the_last_is_refused(page: Page) -> None:
    task_id = page.create("long", [CAR], {"image_quality": 70, "chunk_size": 2, "use_zip_chunks": "true"}, pictures(3))
    sizes = []
    for number in range(2):
        answer = page.by_worker(f"tasks/{task_id}/data?type=chunk&number={number}&quality=compressed")
        sizes.append(len(members(answer.getvalue())))
    assert sizes == [2, 1]
    answer = page.by_worker(f"tasks/{task_id}/data?type=chunk&number=2&quality=compressed")
    assert (answer.status_code, isinstance(told(answer), str)) == (400, True)


def test_a_video_comes_as_a_film_that_the_page_can_decode(page: Page, tmp_path: Path) -> None:
    clip = ("client_files[0]", "clip.mp4", film(tmp_path / "clip.mp4", count=40))
    task_id = page.create("film", [CAR], {"image_quality": 70, "use_zip_chunks": "false"}, [clip])
    run_due()
    (task,) = page.get(f"tasks?page_size=10&id={task_id}&page=1")["results"]
    assert (task["mode"], task["data_compressed_chunk_type"], task["size"]) == ("interpolation", "video", 40)
    answer = page.by_worker(f"tasks/{task_id}/data?type=chunk&number=0&quality=compressed")
    assert answer["Content-Type"] == "video/mp4"
    assert profile(answer.getvalue())[0] in ("Constrained Baseline", "Baseline")
    assert len(page.get(f"tasks/{task_id}/data/meta")["frames"]) == 1


# Saving: always create, update and delete, in that order, however little there is.


class _Saver:
    """The part of the page that saves: it numbers what it made by the places in the answer."""

    def __init__(self, page: Page, job_id: int) -> None:
        self._page, self._url = page, f"jobs/{job_id}/annotations"
        self.version = page.get(self._url)["version"]

    def save(self, *, created: Any = None, updated: Any = None, deleted: Any = None) -> list[Any]:
        answers = []
        for action, said in (("create", created), ("update", updated), ("delete", deleted)):
            body = {**(said or marks()), "version": self.version}
            answer = self._page.send(
                "PATCH", f"{self._url}?action={action}", json.dumps(body), "application/json"
            )  # fmt: skip
            assert answer.status_code == 200, answer.content
            assert told(answer)["version"] == self.version + 1
            self.version += 1
            answers.append(told(answer))
        log = {"name": "Save annotations", "time": "2020-09-01T12:00:00.000Z", "client_id": "1", "is_active": True}
        assert self._page.send_json("POST", "server/logs", [log]).status_code == 201
        return answers


def _opened(page: Page) -> tuple[_Saver, int, dict[str, str], str]:
    task = make_task(page)
    label, job_id = task["labels"][0], task["segments"][0]["jobs"][0]["id"]
    # The keys of an object are texts in JavaScript, and so are numbers that once were keys.
    specs = {each["name"]: str(each["id"]) for each in label["attributes"]}
    return _Saver(page, job_id), label["id"], specs, f"jobs/{job_id}/annotations"


def test_what_is_drawn_changed_and_removed_is_saved_in_three_requests(page: Page) -> None:
    saver, car, specs, url = _opened(page)
    model = {"spec_id": specs["model"], "value": "mazda"}
    parked = {"spec_id": specs["parked"], "value": "true"}
    drawn = marks(
        tags=[tag(car, 0, attributes=[model, parked], source="manual")],
        shapes=[
            box(car, 1, (1.5, 2, 30, 40), attributes=[model, parked], z_order=1, source="manual"),
            box(car, 0, (1, 2, 30, 2, 9, 40), type="polygon", attributes=[], z_order=0, source="manual"),
        ],
        tracks=[
            track(
                car, keyframe(0, attributes=[parked], z_order=0), keyframe(2, outside=True, z_order=0),
                attributes=[model], source="manual",
            )
        ],
    )  # fmt: skip
    created, updated, deleted = saver.save(created=drawn)
    assert [shape["frame"] for shape in created["shapes"]] == [1, 0], "in the order in which they were sent"
    assert [shape["type"] for shape in created["shapes"]] == ["rectangle", "polygon"]
    ids = [mark["id"] for kind in ("tags", "shapes", "tracks") for mark in created[kind]]
    assert all(isinstance(each, int) for each in ids)
    assert all(isinstance(shape["id"], int) for shape in created["tracks"][0]["shapes"])
    assert (updated["shapes"], deleted["shapes"]) == ([], [])
    shape, line = created["shapes"][0], created["tracks"][0]
    moved = {
        **shape,
        "points": [5, 6, 31, 41],
        "attributes": [{**each, "spec_id": str(each["spec_id"])} for each in shape["attributes"]],
    }
    _, updated, _ = saver.save(updated=marks(shapes=[moved], tracks=[line]), deleted=marks(tags=created["tags"]))
    assert (updated["shapes"][0]["id"], updated["tracks"][0]["id"]) == (shape["id"], line["id"])
    now = page.get(url)
    assert {each["id"] for each in now["shapes"]} == {each["id"] for each in created["shapes"]}
    assert (now["tags"], [each["id"] for each in now["tracks"]]) == ([], [line["id"]])
    known = next(each for each in now["shapes"] if each["id"] == shape["id"])
    assert known["points"] == [5, 6, 31, 41]
    assert {each["spec_id"]: each["value"] for each in known["attributes"]} == {
        int(specs["model"]): "mazda", int(specs["parked"]): "true"
    }  # fmt: skip


def test_saving_nothing_is_three_requests_that_change_nothing(page: Page) -> None:
    saver, car, _, url = _opened(page)
    saver.save(created=marks(shapes=[box(car)]))
    (task,) = page.get("tasks?page_size=10&page=1")["results"]
    before = page.get(url)
    saver.save()
    assert page.get(url)["shapes"] == before["shapes"]
    assert page.get("tasks?page_size=10&page=1")["results"][0]["updated_date"] == task["updated_date"]


def test_what_was_emptied_is_put_and_a_stale_version_is_no_obstacle(page: Page) -> None:
    saver, car, _, url = _opened(page)
    saver.save(created=marks(shapes=[box(car)]))
    answer = page.send("PUT", url, json.dumps({**marks(shapes=[box(car, 2)]), "version": 0}), "application/json")
    assert answer.status_code == 200
    (shape,) = told(answer)["shapes"]
    assert (shape["frame"], told(answer)["version"]) == (2, saver.version + 1)


# Files out and in.


@pytest.mark.parametrize("wait", [0, 2000])
def test_annotations_are_dumped_and_fetched_by_a_link(page: Page, settings: Any, wait: int) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = wait
    task = make_task(page)
    url = f"tasks/{task['id']}/annotations?format=CVAT%20for%20images%201.1&filename=My%20street.zip"
    answers = [page.send("GET", url).status_code for _ in range(2)]
    assert answers == ([202, 201] if not wait else [201, 201])
    link = page.by_worker(f"{url}&action=download")
    assert (link.status_code, link["Content-Disposition"]) == (200, 'attachment; filename="my street.zip"')
    assert zipfile.ZipFile(io.BytesIO(link.getvalue())).namelist() == ["annotations.xml"]


def test_a_dataset_is_exported_and_fetched_by_a_link(page: Page, settings: Any) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = 0
    task = make_task(page)
    url = f"tasks/{task['id']}/dataset?format=COCO%201.0"
    states = []
    for _ in range(3):
        states.append(page.send("GET", url).status_code)
        run_due()
    assert states[0] == 202
    assert states[-1] == 201
    link = page.by_worker(f"{url}&action=download")
    assert link["Content-Type"] == "application/zip"
    assert len(zipfile.ZipFile(io.BytesIO(link.getvalue())).namelist()) == 4


@pytest.mark.parametrize("whole", ["tasks", "jobs"])
@pytest.mark.parametrize("wait", [0, 2000])
def test_a_file_comes_in_and_repeats_have_no_file(page: Page, settings: Any, whole: str, wait: int) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = wait
    task = make_task(page)
    job_id = task["segments"][0]["jobs"][0]["id"]
    said = b'<annotations><image id="1" name="img_1.jpg"><tag label="car"></tag></image></annotations>'
    url = f"{whole}/{task['id'] if whole == 'tasks' else job_id}/annotations?format=CVAT%201.1"
    answer = page.send_form("PUT", url, {}, [("annotation_file", "a.xml", said)])
    if not wait:
        assert (answer.status_code, answer.content) == (202, b"")
        answer = page.send_form("PUT", url, {})
    assert (answer.status_code, answer.content) == (201, b"")
    assert [each["frame"] for each in page.get(f"jobs/{job_id}/annotations")["tags"]] == [1]
    answer = page.send_form("PUT", url, {})
    assert (answer.status_code, told(answer)) == (400, {"annotation_file": ["No file was submitted."]})


# The rest.


def test_what_went_wrong_in_the_page_is_told(page: Page) -> None:
    said = {
        "system": "Linux", "client": "Chrome 85", "time": "2020-09-01T12:00:00.000Z", "client_id": "123", "line": 1,
        "message": "x is undefined", "filename": "http://testserver/cvat-ui.js", "column": 7, "stack": "",
        "job_id": 7, "task_id": 9, "name": "Send exception", "is_active": True, "payload": {}, "version": "1.9.0",
    }  # fmt: skip
    assert page.send_json("POST", "server/exception", said).status_code == 201


def test_models_are_asked_for_and_none_that_is_not_there_breaks_the_page(page: Page) -> None:
    task = make_task(page)
    assert isinstance(page.get("lambda/functions"), list)
    assert (
        page.send_json("POST", "lambda/functions/openvino.dextr", {"task": task["id"], "frame": 0}).status_code == 404
    )
    body = {"function": "nobody", "task": task["id"], "cleanup": False, "mapping": {}}
    assert page.send_json("POST", "lambda/requests", body).status_code in (400, 404)
    for verb in ("GET", "DELETE"):
        assert page.send(verb, "lambda/requests/7b4a2f0e-0000-0000-0000-000000000000").status_code == 404


def test_a_task_is_removed(page: Page) -> None:
    task = make_task(page)
    assert page.send("DELETE", f"tasks/{task['id']}").status_code == 204
    assert page.get("tasks?page_size=10&page=1")["results"] == []


def test_an_observer_sees_the_page_and_changes_nothing(page: Page) -> None:
    task, watcher = make_task(page), Page()
    watcher.login(member("watcher", "observer").username)
    assert [each["id"] for each in watcher.get("tasks?page_size=10&page=1")["results"]] == [task["id"]]
    url = f"jobs/{task['segments'][0]['jobs'][0]['id']}/annotations"
    assert watcher.get(url) == marks()
    answer = watcher.send_json("PATCH", f"{url}?action=create", marks(shapes=[box(task["labels"][0]["id"])]))
    assert answer.status_code == 403
