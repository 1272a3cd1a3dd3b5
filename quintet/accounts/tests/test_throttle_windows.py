"""Windows of failed sign-ins end, and their rows go."""

from datetime import timedelta

import pytest

from quintet.accounts.models import Failure
from quintet.accounts.throttle import count_failure
from quintet.core.clock import now
from quintet.core.deferred.actions import enqueue
from quintet.core.deferred.inline import run_due

pytestmark = pytest.mark.django_db


def test_rows_of_ended_windows_are_dropped_and_running_ones_stay() -> None:
    count_failure("alice", "192.0.2.1")
    running = Failure.objects.count()
    Failure.objects.create(key="ended", count=3, window_ends_at=now() - timedelta(seconds=1))
    enqueue("accounts.drop_ended_windows")
    [done] = run_due()
    assert done.result == {"dropped": 1}
    assert Failure.objects.count() == running
