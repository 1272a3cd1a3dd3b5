"""What webhooks may be told of."""

from collections.abc import Collection

JOB_STATUS, JOB_ASSIGNED = "job.status", "job.assigned"
TASK_CREATED, TASK_STATUS = "task.created", "task.status"
IMPORT_FINISHED = "import.finished"
EVENTS = (JOB_STATUS, JOB_ASSIGNED, TASK_CREATED, TASK_STATUS, IMPORT_FINISHED)
# Told to one webhook when somebody asks for it.
PING = "ping"


def wants(events: Collection[str], kind: str) -> bool:
    """Whether a webhook that named these wants to hear of it; one that named none wants all.

    >>> wants([], "job.status"), wants(["job.status"], "task.status")
    (True, False)
    """
    return not events or kind in events
