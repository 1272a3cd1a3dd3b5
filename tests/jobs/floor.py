"""A data folder, a database and real worker processes in it, for one test."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

# A kind and its arguments.
Action = tuple[str, dict[str, object]]
ROOT = Path(__file__).parents[2]
# A condition that a busy machine has not met by then will not be met.
_PATIENCE_SECONDS = 60.0


class Floor:
    """Where the workers of one test work.

    database   a QUINTET_DATABASE; empty: SQLite in the folder
    more       other variables of the workers' environment
    """

    def __init__(self, folder: Path, *, database: str = "", **more: str) -> None:
        self.folder, self.database = folder, database
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("QUINTET_")},
            "DJANGO_SETTINGS_MODULE": "tests.jobs.settings",
            "QUINTET_DATA": str(folder),
            "QUINTET_LEASE_SECONDS": "1",
            **({"QUINTET_DATABASE": database} if database else {}),
            **more,
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def prepare(self, *actions: Action) -> None:
        """Make the tables and the ledger, and enqueue."""
        self.enqueue(*actions, tables=True)

    def enqueue(self, *actions: Action, tables: bool = False) -> None:
        """From a process that ends at once."""
        command = [sys.executable, "-m", "tests.jobs.enqueue", *(["--tables"] if tables else [])]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, input=json.dumps(actions).encode())

    def start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        """A worker, the head of a group of its own; what it prints is in the folder."""
        with (self.folder / "printed").open("ab") as printed:
            worker = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, start_new_session=True, stdout=printed, stderr=printed
            )
        self.running.append(worker)
        return worker

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to all workers, those that they forked included."""
        for worker in self.running:
            os.killpg(worker.pid, number)

    def kill(self) -> None:
        """As when the power fails."""
        for worker in self.running:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        self.running.clear()

    def stop(self) -> list[int]:
        """As a supervisor does; returns the exit statuses."""
        for worker in self.running:
            worker.terminate()
        ended = [worker.wait(_PATIENCE_SECONDS) for worker in self.running]
        self.running.clear()
        return ended

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        if not self.database:
            with closing(sqlite3.connect(self.folder / "quintet.sqlite3", timeout=20)) as connection:
                return connection.execute(statement).fetchall()
        import psycopg  # Only where there is PostgreSQL.

        with psycopg.connect(self.database) as connection:
            return connection.execute(statement.encode()).fetchall()

    def number(self, statement: str) -> int:
        """The only number that a question has for an answer."""
        return int(self.ask(statement)[0][0])

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Raises AssertionError, with what the workers printed, when it never is or when a worker ends by itself."""
        ends_at = time.monotonic() + _PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > ends_at or any(worker.poll() is not None for worker in self.running):
                raise AssertionError((self.folder / "printed").read_text(errors="replace")[-3000:])
            time.sleep(0.03)

    def notes(self) -> list[list[str]]:
        """What handlers noted, in order: event, number, process."""
        path = self.folder / "notes"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def floor(folder: Path, *, database: str = "", **more: str) -> Iterator[Floor]:
    """A floor that is empty at the end, whatever happened."""
    made = Floor(folder, database=database, **more)
    try:
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)
