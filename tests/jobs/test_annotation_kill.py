"""A worker is killed while it reads the pictures of a task: each is there once, with its file and its job."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from quintet.core.testing import engines
from tests.jobs.floor import ROOT, Floor, floor

PICTURES = 3000
WORKER = [sys.executable, "-m", "quintet.core.deferred", "--queues", "data"]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "quintet.server.settings"}
HOLDER = "SELECT worker FROM deferred_job WHERE kind = 'annotation.read_upload' AND state = 'running'"
STATE = "SELECT state FROM annotation_upload"


def test_a_task_survives_the_death_of_a_worker_on_sqlite(tmp_path: Path) -> None:
    with floor(tmp_path, **SETTINGS) as here:
        kill_one_in_the_middle(here)


@engines.needs_postgres()
def test_a_task_survives_the_death_of_a_worker_on_postgresql(tmp_path: Path) -> None:
    with engines.a_database() as database, floor(tmp_path, database=database, **SETTINGS) as here:
        kill_one_in_the_middle(here)


def kill_one_in_the_middle(here: Floor) -> None:
    submit = [sys.executable, "-m", "tests.jobs.submit_pictures", str(PICTURES)]
    subprocess.run(submit, env=here.environment, cwd=ROOT, check=True)
    assert here.ask(STATE) == [("Queued",)]
    here.start(WORKER)
    here.wait_until(lambda: freeze_while_reading(here))
    [dead] = here.running
    os.killpg(dead.pid, signal.SIGKILL)
    dead.wait()
    here.running.remove(dead)
    assert here.number("SELECT count(*) FROM annotation_frame") == 0
    here.start(WORKER)
    here.wait_until(lambda: here.ask(STATE) == [("Finished",)])

    assert here.number("SELECT max(attempts) FROM deferred_job WHERE kind = 'annotation.read_upload'") == 2
    frames = here.ask("SELECT number, name, stored FROM annotation_frame ORDER BY number")
    assert [(number, name) for number, name, _ in frames] == [(n, f"{n:05d}.png") for n in range(PICTURES)]
    ((folder, size),) = here.ask("SELECT folder, size FROM annotation_data")
    place = here.folder / "files" / "annotation" / folder
    kept = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert (size, {stored for *_, stored in frames}) == (PICTURES, kept)
    assert here.number("SELECT count(*) FROM annotation_job") == -(-PICTURES // 9)
    assert here.stop() == [0]


def freeze_while_reading(here: Floor) -> bool:
    """Freeze the worker; whether it has the upload in hand."""
    if here.ask(STATE) != [("Started",)]:
        return False
    here.tell(signal.SIGSTOP)
    if here.ask(HOLDER) and here.ask(STATE) == [("Started",)]:
        return True
    here.tell(signal.SIGCONT)
    return False
