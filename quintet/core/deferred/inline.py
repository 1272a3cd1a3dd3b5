"""The same claiming and running in the calling thread, for tests: no process, no waiting, no broker."""

from collections.abc import Sequence

from quintet.core.deferred import queries, running
from quintet.core.deferred.actions import load_handlers
from quintet.core.deferred.queries import Snapshot


def run_due(limit: int = 100, *, queues: Sequence[str] | None = None) -> list[Snapshot]:
    """Run what is due, and what becomes due by it, one after another; returns how each stands afterwards.

    limit   at most so many; the rest stays in the table
    """
    load_handlers()
    done: list[int] = []
    while len(done) < limit and (job := running.claim("inline", queues=queues)) is not None:
        running.run(job)
        done.append(job.pk)
    found = queries.snapshots(done)
    return [found[job_id] for job_id in done if job_id in found]
