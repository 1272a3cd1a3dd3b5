"""A process that must not outlive the one that started it: a killed server leaves nobody behind who keeps the port."""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(signal_number: int) -> None:
    """The kernel sends this process the signal when its parent dies. Linux; elsewhere nothing happens."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)
    # It may have died in between.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal_number)
