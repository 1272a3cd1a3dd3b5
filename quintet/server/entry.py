"""The entry that the HTTP server loads into each of its processes."""

import ctypes
import os
import signal
import sys

from quintet.server.wsgi import application

__all__ = ["application"]

_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    # A killed server must not leave a process behind that keeps the port.
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


_end_with_parent()
