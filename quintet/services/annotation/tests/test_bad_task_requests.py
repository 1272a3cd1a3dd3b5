"""Whatever is asked of tasks and data, the answer is no 5xx, and what is refused changes nothing."""

from typing import Any

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from quintet.services.annotation.models import Task
from quintet.services.annotation.tests.makers import make_superuser, with_key
from quintet.services.annotation.tests.media import picture, upload
from quintet.services.annotation.tests.test_tasks import make_task

pytestmark = pytest.mark.django_db

_ANY = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**70), 2**70) | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_TASK_KEYS = ("name", "labels", "owner", "assignee", "project", "bug_tracker", "overlap", "segment_size", "z_order")
_DATA_KEYS = (
    "image_quality", "chunk_size", "start_frame", "stop_frame", "frame_filter", "use_zip_chunks", "server_files",
    "remote_files",
)  # fmt: skip
_ATTRIBUTE = some.fixed_dictionaries(
    {},
    optional={
        "name": some.text(max_size=5) | _ANY, "mutable": some.booleans() | _ANY, "default_value": some.text(max_size=5),
        "input_type": some.sampled_from(["number", "select", "checkbox", "text", "radio", "x"]) | _ANY,
        "values": some.lists(some.text(max_size=5), max_size=3) | _ANY,
    },
)  # fmt: skip
_LABEL = some.fixed_dictionaries(
    {"name": some.text(max_size=5) | _ANY},
    optional={"color": some.text(max_size=7) | _ANY, "attributes": some.lists(_ATTRIBUTE, max_size=2) | _ANY},
)
_QUIETLY = settings(
    max_examples=30, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def client() -> Client:
    """Somebody who may everything."""
    return with_key(make_superuser())


def _sent(client: Client, verb: str, path: str, said: Any) -> int:
    body = orjson.dumps(said, option=orjson.OPT_NON_STR_KEYS, default=str)
    return client.generic(verb, f"/api/v1/{path}", body, content_type="application/json").status_code


def _json(keys: tuple[str, ...]) -> Any:
    return some.dictionaries(some.sampled_from(keys), _ANY.filter(_is_json), max_size=len(keys))


def _is_json(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


@_QUIETLY
@given(said=_json(_TASK_KEYS), labels=some.lists(_LABEL, max_size=2).filter(_is_json))
def test_tasks_are_made_or_refused(client: Client, said: dict[str, Any], labels: list[Any]) -> None:
    before = Task.objects.count()
    for body in (said, {"name": "n", "labels": labels}, {**said, "name": "n", "labels": labels}):
        answered = _sent(client, "POST", "tasks", body)
        assert answered in (201, 400)
        before += answered == 201
        assert Task.objects.count() == before


@_QUIETLY
@given(said=_json(_DATA_KEYS))
def test_data_is_taken_or_refused(client: Client, said: dict[str, Any]) -> None:
    task_id = Task.objects.values_list("pk", flat=True).first() or make_task(client)["id"]
    assert _sent(client, "POST", f"tasks/{task_id}/data", said) in (202, 400, 409)
    assert _sent(client, "POST", f"tasks/{task_id}/data", {"image_quality": 70, **said}) in (202, 400, 409)


@_QUIETLY
@given(
    asked=some.dictionaries(
        some.sampled_from("id page page_size search ordering name owner project_id type number quality".split()),
        some.text(max_size=6)
        | some.integers(-(10**20), 10**20).map(str)
        | some.sampled_from(["chunk", "frame", "all"]),
        max_size=4,
    )
)
def test_lists_and_data_are_shown_or_refused(client: Client, asked: dict[str, str]) -> None:
    if not Task.objects.exists():
        upload(client, make_task(client)["id"], {"a.jpg": picture()})
    task_id = Task.objects.values_list("pk", flat=True)[0]
    for path in ("tasks", "projects", "users", f"tasks/{task_id}/data", "server/share"):
        answer = client.get(f"/api/v1/{path}", asked)
        answer.getvalue()
        assert answer.status_code in (200, 400, 404), (path, asked)


@_QUIETLY
@given(status=_ANY.filter(_is_json), assignee=_ANY.filter(_is_json))
def test_jobs_are_changed_or_refused(client: Client, status: Any, assignee: Any) -> None:
    if not Task.objects.exists():
        upload(client, make_task(client)["id"], {"a.jpg": picture()})
    job_id = Task.objects.values_list("jobs__id", flat=True)[0]
    assert _sent(client, "PATCH", f"jobs/{job_id}", {"status": status, "assignee": assignee}) in (200, 400)
    assert _sent(client, "PATCH", f"jobs/{job_id}", status) in (200, 400)
