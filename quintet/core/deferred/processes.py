"""The names of processes that work, and which of them are gone."""

import os
import secrets
import socket
from pathlib import Path

from quintet.core.clock import now
from quintet.core.deferred.models import RUNNING, Job

_PROCESSES = Path("/proc")
# Fields of /proc/PID/stat behind the command, whose name may hold anything but ends at the last bracket.
_STATE, _BEGUN = 0, 19
_ENDED = "ZX"


def worker_name() -> str:
    """Who this is, in the table: machine, process, and a word that no earlier process of that number had."""
    return f"{_machine()}:{os.getpid()}:{_begun(os.getpid()) or secrets.token_hex(3)}"


def release_what_the_dead_held() -> int:
    """Let go at once of rows whose workers were processes of this machine and are no more; how many. Others are waited
    for until their lease ends: of them nothing can be known."""
    if not _begun(os.getpid()):
        return 0
    held = Job.objects.filter(state=RUNNING, worker__startswith=f"{_machine()}:", lease_until__gt=now())
    return sum(
        Job.objects.filter(pk=pk, state=RUNNING, lease=lease).update(lease_until=now(), rung_at=None)
        for pk, lease, worker in held.values_list("pk", "lease", "worker")
        if _is_gone(worker)
    )


def _is_gone(worker: str) -> bool:
    _, number, begun = worker.rsplit(":", 2)
    if not number.isdigit():
        return False
    if is_seen := _begun(int(number)):
        return is_seen != begun
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:  # another's
        pass
    return False


def _machine() -> str:
    """Containers may share a name, and each counts its processes by itself."""
    try:
        return f"{socket.gethostname()[:60]}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return socket.gethostname()[:60]


def _begun(number: int) -> str:
    """When the process with that number began, in ticks since the machine did; that it has ended, where its parent has
    yet to hear of it; empty where there is none, or where that cannot be seen."""
    try:
        told = (_PROCESSES / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = told.rpartition(")")[2].split()
    return "ended" if fields[_STATE] in _ENDED else fields[_BEGUN]
