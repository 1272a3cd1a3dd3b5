"""A process that is told to stop sends away those who wait in it: else it would be waited for as long as they wait."""

import os
import signal
import threading
from collections.abc import Callable

_STOP = (signal.SIGTERM, signal.SIGINT)

_then: list[Callable[[], None]] = []


def when_stopping(do: Callable[[], None]) -> None:
    """Have this done, quickly and once, when the process is told to stop; never where nobody listens for that."""
    _then.append(do)


def listen() -> None:
    """Listen from now on for being told to stop. In the main thread.

    Who handles the signals is another's choice, made before or after: Python writes each that it handles into a pipe,
    and a thread of its own reads it there.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(told,), name="stopping", daemon=True).start()


def _wait(told: int) -> None:
    while said := os.read(told, 1):
        if said[0] in _STOP:
            for do in _then:
                do()
            return
