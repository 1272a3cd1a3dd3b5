"""A worker is killed in the middle of a video: every frame is there once, and one video was spent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import av

from quintet.core.testing import engines
from quintet.services.masks.tests.video_makers import numbers_in
from tests.jobs.floor import ROOT, Floor, floor

FRAMES, KEY_EVERY, RATE, PARTS = 120, 12, 12, 5
WORKER = [sys.executable, "-m", "quintet.core.deferred", "--queues", "video"]
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "quintet.server.settings",
    "QUINTET_MASKS_VIDEO_PART_SECONDS": "2",
    "QUINTET_MASKS_VIDEO_THREADS": "1",
}


def test_a_video_survives_the_death_of_a_worker_on_sqlite(tmp_path: Path) -> None:
    with floor(tmp_path, **SETTINGS) as here:
        kill_one_in_the_middle(here)


@engines.needs_postgres()
def test_a_video_survives_the_death_of_a_worker_on_postgresql(tmp_path: Path) -> None:
    with engines.a_database() as database, floor(tmp_path, database=database, **SETTINGS) as here:
        kill_one_in_the_middle(here)


def kill_one_in_the_middle(here: Floor) -> None:
    submit = [sys.executable, "-m", "tests.jobs.submit_video", str(FRAMES), str(KEY_EVERY)]
    subprocess.run(submit, env=here.environment, cwd=ROOT, check=True)
    for _ in range(2):
        here.start(WORKER)
    here.wait_until(lambda: here.number(DONE_PARTS) >= 1 and freeze_in_mid_part(here))
    ((holder,), *_) = here.ask(HOLDERS)
    dead = next(worker for worker in here.running if worker.pid == int(holder.split(":")[1]))
    os.killpg(dead.pid, signal.SIGKILL)
    dead.wait()
    here.running.remove(dead)
    here.tell(signal.SIGCONT)
    here.wait_until(lambda: here.ask("SELECT state FROM masks_video") != [("processing",)])

    assert here.ask("SELECT state, frames, with_mask FROM masks_video") == [("done", FRAMES, 0)]
    assert here.number(DONE_PARTS) == PARTS
    assert here.number("SELECT max(attempts) FROM deferred_job") == 2
    assert here.ask('SELECT kind, "change", reason FROM masks_ledgerentry') == [(2, -1, "video")]
    assert here.number("SELECT videos_left FROM masks_quota") == 0
    ((folder, result),) = here.ask("SELECT folder, result FROM masks_video")
    place = here.folder / "files" / "videos" / folder
    # Parts are removed once the join has been committed.
    here.wait_until(lambda: len(list(place.iterdir())) == 4)
    frames = frames_of(place / result)
    assert numbers_in(frames) == list(range(FRAMES))
    assert [round(float(frame.time or 0) * RATE, 2) for frame in frames] == list(range(FRAMES))
    assert here.stop() == [0]


DONE_PARTS = "SELECT count(*) FROM deferred_job WHERE kind = 'masks.calculate_video_part' AND state = 'done'"
HOLDERS = "SELECT worker FROM deferred_job WHERE kind = 'masks.calculate_video_part' AND state = 'running' ORDER BY id"


def freeze_in_mid_part(here: Floor) -> bool:
    """Freeze all workers; whether one has a part in hand."""
    here.tell(signal.SIGSTOP)
    if here.ask(HOLDERS):
        return True
    here.tell(signal.SIGCONT)
    return False


def frames_of(film: Path) -> list[av.VideoFrame]:
    with av.open(str(film), "r") as container:
        return list(container.decode(video=0))
