"""Actions that leave traces: a line in the ledger for each one that counted, a file's line for each that was begun."""

import os
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from quintet.core.deferred.actions import deferred
from quintet.core.deferred.running import Work

LEDGER = "CREATE TABLE ledger (number integer NOT NULL, written_by varchar(40) NOT NULL)"


def write(number: int, work: Work) -> None:
    """What the action is about. The ledger would take a number twice: that it has each once is what is tested."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger (number, written_by) VALUES (%s, %s)", [number, work.mark])


def note(event: str, number: int) -> None:
    """In a file, which no transaction takes back."""
    with (Path(settings.DATA) / "notes").open("a") as notes:
        notes.write(f"{event} {number} {os.getpid()}\n")


@deferred("jobs.write_number", max_attempts=10)
def write_number(work: Work, number: int, milliseconds: int) -> int:
    note("begun", number)
    ends_at = time.monotonic() + milliseconds / 1000
    while time.monotonic() < ends_at:
        time.sleep(0.005)
        work.progress(1, 2)
    work.finally_(lambda: write(number, work))
    return number


@deferred("jobs.split", max_attempts=10)
def split(work: Work, parts: int, milliseconds: int) -> None:
    numbers = [{"number": 1000 + number, "milliseconds": milliseconds} for number in range(parts)]
    work.split("jobs.write_number", numbers, join="jobs.add_up", units=[2] * parts)


@deferred("jobs.add_up", max_attempts=10)
def add_up(work: Work, **args: object) -> int:
    work.finally_(lambda: write(-1, work))
    return sum(work.results_of_parts())


@deferred("jobs.stay", queue="video", max_attempts=2)
def stay(work: Work, seconds: float, reports: bool) -> None:
    """Goes on for a while, and says so or not."""
    note("begun", work.job_id)
    work.finally_(lambda: write(work.job_id, work))
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        time.sleep(0.01)
        if reports:
            work.progress(1, 2)
    note("ended", work.job_id)
