"""Work that leaves nothing behind in this process's memory."""

import os
import pickle
from collections.abc import Callable
from typing import TypeVar, cast

from quintet.cli.failures import CommandFailed
from quintet.core.conf import BadSetting

Answer = TypeVar("Answer")


def in_a_child(work: Callable[[], Answer]) -> Answer:
    """Do it in a copy of this process, which ends afterwards: a process that waits for months should not hold all that
    preparing took. Only while no other threads run.

    Raises CommandFailed, BadSetting as the work does; CommandFailed when the copy dies.
    """
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        _do_and_end(work, writes)
    os.close(writes)
    with os.fdopen(reads, "rb") as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    if not told:
        raise CommandFailed(f"preparing ended with status {os.waitstatus_to_exitcode(status)}; the reason is above")
    # Bytes of a copy of ourselves.
    answered, failed = pickle.loads(told)  # noqa: S301
    if failed is not None:
        raise failed
    return cast(Answer, answered)


def _do_and_end(work: Callable[[], Answer], writes: int) -> None:
    code = 1
    try:
        try:
            told = pickle.dumps((work(), None))
        except (CommandFailed, BadSetting) as failed:
            told = pickle.dumps((None, failed))
        with os.fdopen(writes, "wb") as answer:
            answer.write(told)
        code = 0
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001  whatever it is: told here, since nobody is above
        import traceback

        traceback.print_exc()
    finally:
        # Not sys.exit: what the parent registered to be done at its end is the parent's to do.
        import sys

        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
