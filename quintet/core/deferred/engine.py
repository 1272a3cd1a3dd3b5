"""Which engine does deferred actions here: the one that QUINTET_JOBS names."""

from collections.abc import Sequence

from quintet.core import conf
from quintet.core.deferred import worker


def work(queues: Sequence[str] | None = None, *, processes: int = 1, parent_pid: int = 0) -> int:
    """Do deferred actions until told to stop; returns the exit status. See worker.run_forever.

    Raises ImportError when QUINTET_JOBS=celery and Celery is not installed.
    """
    if conf.JOBS.value == "celery":
        # Only those who scale have it installed.
        from quintet.core.deferred.celery import run_celery_worker

        return run_celery_worker(processes, queues=queues, parent_pid=parent_pid)
    worker.run_forever(queues, processes=processes, parent_pid=parent_pid)
    return 0
