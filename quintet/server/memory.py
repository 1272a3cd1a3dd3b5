"""What a burst of work took goes back to the machine.

glibc keeps what was freed, and an arena of it for each thread: after a few large chunks and exports a web process held
twice of what it used.
"""

import ctypes
import threading
from pathlib import Path

_M_ARENA_MAX = -8
_ARENAS = 2
_EVERY_SECONDS = 2.0
_GROWN_PAGES = 512


def stay_small() -> None:
    """Use few arenas, and from now on give back what has been freed whenever the process has grown. glibc only."""
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_M_ARENA_MAX, _ARENAS)
        libc.malloc_trim  # noqa: B018  # musl has none
    except (AttributeError, OSError):
        return
    threading.Thread(target=_give_back, args=(libc,), name="give-back", daemon=True).start()


def _give_back(libc: ctypes.CDLL) -> None:
    statistics, least = Path("/proc/self/statm"), 0
    pause = threading.Event()
    while not pause.wait(_EVERY_SECONDS):
        held = _resident(statistics)
        if held > least + _GROWN_PAGES:
            libc.malloc_trim(0)
            held = _resident(statistics)
        # Of what it really needs; a process that has shrunk may grow again.
        least = held


def _resident(statistics: Path) -> int:
    try:
        return int(statistics.read_text().split()[1])
    except OSError:  # no /proc
        return 0
