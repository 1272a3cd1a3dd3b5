"""Telling a broker that a row is due. The message is the row's number; when it gets lost, a sweep tells again."""

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from quintet.core import conf

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger("quintet.deferred")

TASK = "quintet.bell"
_PATIENCE_SECONDS = 1
_QUIET_SECONDS = 5.0
_silent_until = 0.0


def queue_name(queue: str) -> str:
    """The broker's name of a queue: several servers may share a broker."""
    return f"{conf.BROKER_PREFIX.value}.{queue}"


def ring(job_id: int, queue: str) -> bool:
    """Tell the broker; False when it cannot be told. Never raises for a broker that is down and never waits long:
    after a failure nothing is tried for a few seconds."""
    global _silent_until
    if is_silent():
        return False
    try:
        _teller().send_task(TASK, (job_id,), queue=queue_name(queue), retry=False, ignore_result=True)
    except Exception as down:  # noqa: BLE001  each broker's client has its own; the row is there in any case
        _silent_until = time.monotonic() + _QUIET_SECONDS
        log.warning("the broker could not be told of deferred action %s (%s)", job_id, type(down).__name__)
        return False
    return True


def get_ready() -> None:
    """Load the broker's client. Raises ImproperlyConfigured where it is not installed."""
    try:
        _teller()
    except ImportError as missing:
        raise ImproperlyConfigured("QUINTET_JOBS=celery needs Celery: pip install 'quintet[scale]'") from missing


def is_silent() -> bool:
    """Whether the broker was down a moment ago."""
    return time.monotonic() < _silent_until


def configuration(**more: object) -> dict[str, Any]:
    """Celery's settings, alike on both sides."""
    return {
        "broker_url": conf.BROKER.value,
        "task_default_queue": queue_name("default"),
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        # Declared whether or not anybody uses them.
        "event_exchange": queue_name("events"),
        "control_exchange": queue_name("control"),
        **more,
    }


def is_redis() -> bool:
    """Redis, in the clear or not."""
    return conf.BROKER.value.startswith(("redis:", "rediss:"))


def transport_options(**more: object) -> dict[str, object]:
    """For Redis all keys get the prefix, not the queues' names alone."""
    return {"global_keyprefix": f"{conf.BROKER_PREFIX.value}:", **more} if is_redis() else more


@cache
def _teller() -> "Celery":
    # Only those who scale have Celery installed.
    from celery import Celery

    impatient = (
        {"socket_connect_timeout": _PATIENCE_SECONDS, "socket_timeout": _PATIENCE_SECONDS}
        if is_redis()
        else {"read_timeout": _PATIENCE_SECONDS, "write_timeout": _PATIENCE_SECONDS}
    )
    teller = Celery("quintet.bell", set_as_current=False, fixups=[])
    teller.conf.update(
        configuration(
            broker_connection_timeout=_PATIENCE_SECONDS,
            broker_transport_options=transport_options(max_retries=0, **impatient),
            task_publish_retry=False,
        )
    )
    return teller
