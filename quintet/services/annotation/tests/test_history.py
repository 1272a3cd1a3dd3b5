"""/jobs/{id}/history: each save is remembered, can be looked at, and taken back."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from quintet.accounts.models import User
from quintet.core.clock import now
from quintet.core.deferred.actions import enqueue
from quintet.core.deferred.inline import run_due
from quintet.services.annotation.models import Attribute, Job, Label, Save, Shape, Tag
from quintet.services.annotation.tests.drawings import Drawable, box, keyframe, make_drawable, marks, tag, track
from quintet.services.annotation.tests.makers import make_person, send, told, with_key

pytestmark = pytest.mark.django_db

_NONE = {"tags": 0, "shapes": 0, "tracks": 0}


@pytest.fixture
def owner() -> User:
    return make_person()


@pytest.fixture
def drawn(owner: User) -> Drawable:
    return make_drawable(owner)


@pytest.fixture
def alice(owner: User) -> Client:
    return with_key(owner)


def history_url(drawn: Drawable, more: str = "") -> str:
    return f"jobs/{drawn.jobs[0].pk}/history{more}"


def got(client: Client, path: str, *, status: int = 200) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status, answer.content
    return told(answer)


def saved(
    client: Client, verb: str, path: str, said: object = None, *, status: int = 200, upon: str | None = None
) -> Any:
    answer = send(client, verb, path, said, **({} if upon is None else {"If-Match": upon}))
    assert answer.status_code == status, answer.content
    return told(answer) if answer.content else None


def test_the_history_says_who_did_what_newest_first(alice: Client, owner: User, drawn: Drawable) -> None:
    url = drawn.job_url()
    first = saved(alice, "PUT", url, marks(shapes=[box(drawn.car), box(drawn.car, 1)], tags=[tag(drawn.car)]))
    saved(alice, "PATCH", f"{url}?action=update", marks(shapes=[first["shapes"][0], box(drawn.car)]))
    saved(alice, "PATCH", f"{url}?action=delete", marks(tags=first["tags"]))
    saved(alice, "PATCH", f"{url}?action=create", marks(tracks=[track(drawn.car, keyframe(0), keyframe(2))]))
    assert alice.delete(f"/api/v1/{url}").status_code == 204
    page = got(alice, history_url(drawn))
    assert page["count"] == 5
    assert [(save["version"], save["kind"]) for save in page["results"]] == [
        (5, "clear"), (4, "create"), (3, "delete"), (2, "update"), (1, "put")
    ]  # fmt: skip
    newest, oldest = page["results"][0], page["results"][-1]
    assert newest["person"] == {"id": owner.pk, "username": "alice"}
    assert newest["at"].endswith("Z")
    assert newest["restorable"] is True
    assert oldest["counts"] == {
        "added": {"tags": 1, "shapes": 2, "tracks": 0}, "removed": _NONE, "changed": _NONE
    }  # fmt: skip
    assert page["results"][3]["counts"] == {
        "added": {**_NONE, "shapes": 1}, "removed": _NONE, "changed": {**_NONE, "shapes": 1}
    }  # fmt: skip
    assert newest["counts"]["removed"] == {"tags": 0, "shapes": 3, "tracks": 1}


def test_a_history_comes_in_pages(alice: Client, drawn: Drawable) -> None:
    for _ in range(3):
        saved(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    page = got(alice, history_url(drawn, "?page=2&page_size=2"))
    assert (page["count"], [save["version"] for save in page["results"]]) == (3, [1])
    assert page["previous"].endswith("history?page_size=2")
    assert got(alice, history_url(drawn, "?page=9"), status=404) == {"detail": "Invalid page."}


def test_a_save_that_changes_nothing_is_not_in_the_history(alice: Client, drawn: Drawable) -> None:
    for action in ("create", "update", "delete"):
        saved(alice, "PATCH", f"{drawn.job_url()}?action={action}", marks())
    saved(alice, "PATCH", f"{drawn.job_url()}?action=delete", marks(shapes=[box(drawn.car, id=77)]))
    assert alice.delete(f"/api/v1/{drawn.job_url()}").status_code == 204
    saved(alice, "PUT", drawn.job_url(), marks())
    assert got(alice, history_url(drawn))["results"] == []
    assert got(alice, history_url(drawn, "/3"))["version"] == 3


def test_versions_that_never_were_are_not_found(alice: Client, drawn: Drawable) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(tags=[tag(drawn.car)]))
    for version in (2, 10**17):
        assert got(alice, history_url(drawn, f"/{version}"), status=404) == {"detail": "Not found."}
        saved(alice, "POST", history_url(drawn, f"/{version}/restore"), status=404)
    assert Job.objects.get(pk=drawn.jobs[0].pk).version == 1, "what is refused counts nothing up"
    assert got(alice, "jobs/987654/history", status=404) == {"detail": "Not found."}


def test_what_was_wiped_comes_back_under_its_ids_and_can_be_wiped_again(alice: Client, drawn: Drawable) -> None:
    url = drawn.job_url()
    saved(
        alice, "PUT", url, marks(shapes=[box(drawn.car, n) for n in range(4)], tracks=[track(drawn.car, keyframe(3))])
    )
    before = got(alice, url)
    saved(alice, "PUT", url, marks())
    restored = saved(alice, "POST", history_url(drawn, "/1/restore"))
    assert restored == {**before, "version": 3, "left_out": _NONE}
    assert got(alice, url) == {**before, "version": 3}
    newest = got(alice, history_url(drawn))["results"][0]
    assert (newest["kind"], newest["counts"]["added"]) == ("restore", {"tags": 0, "shapes": 4, "tracks": 1})
    assert saved(alice, "POST", history_url(drawn, "/2/restore"))["shapes"] == []
    assert saved(alice, "POST", history_url(drawn, "/0/restore"))["version"] == 5
    assert saved(alice, "POST", history_url(drawn, "/3/restore"))["tracks"] == before["tracks"]


def test_what_is_the_same_is_not_written_again(alice: Client, drawn: Drawable) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(shapes=[box(drawn.car, n) for n in range(3)]))
    saved(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    saved(alice, "POST", history_url(drawn, "/1/restore"))
    counts = got(alice, history_url(drawn))["results"][0]["counts"]
    assert counts == {"added": _NONE, "removed": {**_NONE, "tags": 1}, "changed": _NONE}
    before = got(alice, history_url(drawn, "/2"))
    assert (len(before["shapes"]), len(before["tags"])) == (3, 1)


def test_to_restore_what_is_there_changes_nothing(alice: Client, drawn: Drawable) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(tags=[tag(drawn.car)]))
    assert saved(alice, "POST", history_url(drawn, "/1/restore"))["version"] == 2
    assert [save["version"] for save in got(alice, history_url(drawn))["results"]] == [1]


def test_a_restore_upon_an_old_version_is_refused_and_told_what_is_there(
    alice: Client, owner: User, drawn: Drawable
) -> None:
    bob = make_person("bob", is_administrator=True)
    saved(alice, "PUT", drawn.job_url(), marks(tags=[tag(drawn.car)]))
    saved(with_key(bob), "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    refused = saved(alice, "POST", history_url(drawn, "/1/restore"), status=409, upon='"1"')
    assert refused["detail"] == "Conflict with what is there already."
    assert refused["version"] == 2
    assert refused["saved_by"] == {"id": bob.pk, "username": "bob"}
    assert refused["saved_at"] == got(alice, history_url(drawn))["results"][0]["at"]
    assert saved(alice, "PUT", drawn.job_url(), marks(), status=409, upon='"1"') == refused
    assert saved(alice, "POST", history_url(drawn, "/1/restore"), upon='"2"')["version"] == 3


def test_nobody_has_saved_a_job_that_is_new(alice: Client, drawn: Drawable) -> None:
    refused = saved(alice, "PUT", drawn.job_url(), marks(), status=409, upon='"5"')
    assert (refused["version"], refused["saved_by"], refused["saved_at"]) == (0, None, None)


def test_who_may_look_may_not_restore(drawn: Drawable, alice: Client) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(tags=[tag(drawn.car)]))
    watcher, stranger = make_person("watcher"), make_person("stranger")
    watcher.groups.set([Group.objects.get(name="observer")])
    assert got(with_key(watcher), history_url(drawn))["count"] == 1
    assert len(got(with_key(watcher), history_url(drawn, "/1"))["tags"]) == 1
    saved(with_key(watcher), "POST", history_url(drawn, "/0/restore"), status=403)
    got(with_key(stranger), history_url(drawn), status=403)
    got(with_key(stranger), history_url(drawn, "/1"), status=403)
    assert Client().get(f"/api/v1/{history_url(drawn)}").status_code == 401
    assert Tag.objects.count() == 1


def test_what_has_a_label_that_is_gone_is_left_out_and_counted(alice: Client, drawn: Drawable) -> None:
    body = marks(
        tags=[tag(drawn.person)],
        shapes=[box(drawn.car, attributes=[{"spec_id": drawn.model, "value": "bmw"}]), box(drawn.person)],
        tracks=[track(drawn.person, keyframe(1))],
    )
    saved(alice, "PUT", drawn.job_url(), body)
    saved(alice, "PUT", drawn.job_url(), marks())
    Label.objects.filter(pk=drawn.person).delete()
    Attribute.objects.filter(pk=drawn.parked).delete()
    Attribute.objects.filter(pk=drawn.model).update(values="audi\nmazda")
    restored = saved(alice, "POST", history_url(drawn, "/1/restore"))
    assert restored["left_out"] == {"tags": 1, "shapes": 1, "tracks": 1}
    assert [shape["attributes"] for shape in restored["shapes"]] == [[{"spec_id": drawn.model, "value": "mazda"}]]
    assert {key: restored[key] for key in ("tags", "tracks")} == {"tags": [], "tracks": []}
    # It can be saved as it is.
    saved(alice, "PATCH", f"{drawn.job_url()}?action=update", marks(shapes=restored["shapes"]))


def test_what_changes_with_its_label_is_in_the_history(alice: Client, owner: User, drawn: Drawable) -> None:
    said = [{"spec_id": drawn.model, "value": "bmw"}]
    body = marks(shapes=[box(drawn.car, attributes=said), box(drawn.person)], tracks=[track(drawn.car, keyframe(0))])
    saved(alice, "PUT", drawn.job_url(), body)
    before = got(alice, drawn.job_url())
    saved(alice, "POST", f"labels/{drawn.person}/merge", {"into": drawn.car})
    saved(alice, "PATCH", f"labels/{drawn.car}", {"attributes": [{"id": drawn.model, "migrate": {"bmw": "mazda"}}]})
    newest, merged, _ = got(alice, history_url(drawn))["results"]
    assert (newest["kind"], newest["person"]["id"], newest["counts"]["changed"]) == (
        "labels", owner.pk, {**_NONE, "shapes": 1}
    )  # fmt: skip
    assert (merged["version"], merged["counts"]["changed"]) == (2, {**_NONE, "shapes": 1})
    assert got(alice, history_url(drawn, "/1"))["shapes"][0] == before["shapes"][0]
    restored = saved(alice, "POST", history_url(drawn, "/2/restore"))
    assert [shape["attributes"][0]["value"] for shape in restored["shapes"]] == ["bmw", "mazda"]
    assert restored["tracks"] == before["tracks"]


def test_what_figures_have_beside_points_comes_back(alice: Client, drawn: Drawable) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(shapes=[box(drawn.car)]))
    Shape.objects.update(more={"rotation": 30.5})
    saved(alice, "PUT", drawn.job_url(), marks())
    saved(alice, "POST", history_url(drawn, "/1/restore"))
    assert Shape.objects.get().more == {"rotation": 30.5}


def test_a_save_of_a_task_is_in_the_history_of_each_job_that_it_changes(owner: User) -> None:
    drawn, alice = make_drawable(owner, (0, 4), (5, 9)), with_key(owner)
    saved(alice, "PUT", drawn.url, marks(shapes=[box(drawn.car, 2)]))
    assert [(save.job_id, save.kind, save.person_id) for save in Save.objects.all()] == [
        (drawn.jobs[0].pk, "put", owner.pk)
    ]  # fmt: skip
    assert alice.delete(f"/api/v1/{drawn.url}").status_code == 204
    saved(alice, "POST", history_url(drawn, "/1/restore"))
    assert len(got(alice, drawn.url)["shapes"]) == 1


@pytest.mark.parametrize("quick_bytes", [10**6, -1], ids=["at once", "by a worker"])
def test_an_import_is_in_the_history(
    alice: Client, owner: User, drawn: Drawable, monkeypatch: pytest.MonkeyPatch, settings: Any, quick_bytes: int
) -> None:
    settings.QUINTET_ANNOTATION_WAIT_MS = 0
    monkeypatch.setattr("quintet.services.annotation.actions.imports._QUICK_BYTES", quick_bytes)
    saved(alice, "PUT", drawn.job_url(), marks(tags=[tag(drawn.car)]))
    file = SimpleUploadedFile("a.xml", b"<annotations/>")
    body, kind = encode_multipart(BOUNDARY, {"annotation_file": file}), MULTIPART_CONTENT
    answer = alice.put(f"/api/v1/{drawn.job_url()}?format=CVAT%201.1", body, content_type=kind)
    assert answer.status_code == 202
    run_due()
    newest = got(alice, history_url(drawn))["results"][0]
    assert (newest["kind"], newest["person"]["id"], newest["counts"]["removed"]["tags"]) == ("import", owner.pk, 1)


def test_to_add_one_shape_to_many_reads_none_of_them(alice: Client, drawn: Drawable) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(shapes=[box(drawn.car) for _ in range(50)]))
    with CaptureQueriesContext(connection) as asked:
        saved(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(shapes=[box(drawn.car)]))
    assert not [each["sql"] for each in asked if 'FROM "annotation_shape"' in each["sql"]]
    newest = Save.objects.order_by("-version")[0]
    assert len(newest.undo) < 100


def clean_up() -> None:
    enqueue("annotation.drop_history")
    assert run_due()[0].state == "done"


def test_only_so_many_saves_are_kept(alice: Client, drawn: Drawable, settings: Any) -> None:
    for _ in range(5):
        saved(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    settings.QUINTET_ANNOTATION_HISTORY_SAVES = 2
    clean_up()
    clean_up()
    shown = got(alice, history_url(drawn))["results"]
    assert [(save["version"], save["restorable"]) for save in shown] == [(5, True), (4, True), (3, True)]
    assert len(got(alice, history_url(drawn, "/3"))["tags"]) == 3
    gone = {"detail": "What stood there at that version is not kept any more."}
    assert got(alice, history_url(drawn, "/2"), status=410) == gone
    assert saved(alice, "POST", history_url(drawn, "/0/restore"), status=410) == gone
    assert len(got(alice, drawn.job_url())["tags"]) == 5


def test_old_saves_are_forgotten_but_who_was_the_last(alice: Client, drawn: Drawable) -> None:
    for _ in range(3):
        saved(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    Save.objects.update(at=now() - timedelta(days=91))
    saved(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    clean_up()
    assert [save["version"] for save in got(alice, history_url(drawn))["results"]] == [4, 3]
    Save.objects.update(at=now() - timedelta(days=91))
    clean_up()
    assert [save["version"] for save in got(alice, history_url(drawn))["results"]] == [4]
    got(alice, history_url(drawn, "/3"), status=410)
    assert got(alice, history_url(drawn, "/4"))["version"] == 4


def test_what_takes_too_many_bytes_stays_listed_and_cannot_be_had_again(
    alice: Client, drawn: Drawable, settings: Any
) -> None:
    for _ in range(3):
        saved(alice, "PATCH", f"{drawn.job_url()}?action=create", marks(tags=[tag(drawn.car)]))
    settings.QUINTET_ANNOTATION_HISTORY_MB = 0
    clean_up()
    shown = got(alice, history_url(drawn))["results"]
    assert [(save["version"], save["restorable"]) for save in shown] == [(3, True), (2, False), (1, False)]
    got(alice, history_url(drawn, "/2"), status=410)


def test_what_was_saved_before_histories_were_kept_cannot_be_had_again(alice: Client, drawn: Drawable) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(tags=[tag(drawn.car)]))
    Save.objects.all().delete()
    import_module("quintet.services.annotation.migrations.0004_beyond").begin_histories(apps, None)
    saved(alice, "PUT", drawn.job_url(), marks())
    assert [save["kind"] for save in got(alice, history_url(drawn))["results"]] == ["put", "earlier"]
    got(alice, history_url(drawn, "/0"), status=410)
    assert len(saved(alice, "POST", history_url(drawn, "/1/restore"))["tags"]) == 1


def test_a_history_goes_with_its_task(alice: Client, drawn: Drawable) -> None:
    saved(alice, "PUT", drawn.job_url(), marks(tags=[tag(drawn.car)]))
    assert alice.delete(f"/api/v1/tasks/{drawn.task.pk}").status_code == 204
    assert not Save.objects.exists()
