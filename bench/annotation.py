"""10,000 rectangles in a job of 200 frames, half of them with an attribute: saved and read, against nested serializers
and the ORM as CVAT has them. Both in one process, each as one request; ours with sign-in and all that comes before."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import orjson

from bench import Row
from quintet.core.testing.engines import a_database, postgres_address

SHAPES, FRAMES, ROUNDS = 10_000, 200, 5


def run() -> list[Row]:
    """On each database that is here, in a process of its own."""
    rows = _measured("SQLite", "")
    if postgres_address():
        with a_database() as address:
            rows += _measured("PostgreSQL", address)
    return rows


def _measured(engine: str, database: str) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="quintet-bench-") as data:
        environment = {**os.environ, "QUINTET_DATA": data, "QUINTET_EXPOSURE": "loopback", "QUINTET_DATABASE": database}
        environment["DJANGO_SETTINGS_MODULE"] = "quintet.server.settings"
        said = subprocess.run(
            [sys.executable, "-m", "bench.annotation"], env=environment, check=True, stdout=subprocess.PIPE
        ).stdout
    ratios: dict[str, list[float]] = orjson.loads(said)
    return [
        Row(
            what=f"{what} {SHAPES:,} rectangles, {engine}", against="nested serializers and the ORM",
            ratio=statistics.median(found), measure="CPU time per request", least=min(found), most=max(found),
        )
        for what, found in ratios.items()
    ]  # fmt: skip


def _cost(ask: Callable[[], Any]) -> float:
    before = time.process_time()
    answer = ask()
    spent = time.process_time() - before
    if answer.status_code != 200 or len(orjson.loads(answer.content)["shapes"]) != SHAPES:
        raise RuntimeError(f"it answered {answer.status_code}: {answer.content[:200]!r}")
    return spent


def _measure() -> dict[str, list[float]]:
    import django

    django.setup()
    from django.core.management import call_command
    from rest_framework.test import APIRequestFactory

    from quintet.services.annotation.tests.drawings import box, make_drawable, marks
    from quintet.services.annotation.tests.makers import make_person, with_key
    from quintet.services.annotation.tests.plain import PlainAnnotations

    call_command("migrate", verbosity=0)
    person = make_person("bench")
    ours, theirs = (make_drawable(person, (0, FRAMES - 1)) for _ in range(2))
    client, view, requests = with_key(person), PlainAnnotations.as_view(), APIRequestFactory()

    def body(drawn: Any, turn: int) -> bytes:
        said = [{"spec_id": drawn.model, "value": "bmw"}]
        return orjson.dumps(
            marks(
                shapes=[
                    box(drawn.person if n % 2 else drawn.car, n % FRAMES, (n % 500 + 0.5, turn, 600.25, 400),
                        attributes=[] if n % 2 else said)
                    for n in range(SHAPES)
                ]
            )
        )  # fmt: skip

    def plainly(verb: str, content: bytes = b"") -> Any:
        request = requests.generic(verb, "/", content, content_type="application/json")
        return view(request, job_id=theirs.jobs[0].pk).render()

    url = f"/api/v1/{ours.job_url()}"
    found: dict[str, list[float]] = {"PUT": [], "GET": []}
    for turn in range(ROUNDS + 1):
        mine, plain = body(ours, turn), body(theirs, turn)
        put = _cost(lambda: client.generic("PUT", url, mine, content_type="application/json"))  # noqa: B023
        slow_put = _cost(lambda: plainly("PUT", plain))  # noqa: B023
        get, slow_get = _cost(lambda: client.get(url)), _cost(lambda: plainly("GET"))
        # The first turn compiles, connects and replaces nothing.
        if turn:
            found["PUT"].append(slow_put / put)
            found["GET"].append(slow_get / get)
    return found


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(_measure()))
