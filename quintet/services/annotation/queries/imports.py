"""What became of imports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from quintet.accounts.models import User
from quintet.core.deferred.models import RUNNING
from quintet.core.deferred.queries import snapshots
from quintet.core.errors import NotFound
from quintet.services.annotation.models import Errand
from quintet.services.annotation.queries.people import Person
from quintet.services.annotation.queries.quality import may_judge

# What an import's report says of itself.
QUEUED, STARTED, FINISHED, FAILED = "queued", "started", "finished", "failed"
# How keys of errands begin: of what is kept for its report, and of what somebody waits for.
KEPT, ASKED, TRIAL = "imported:", "import:", "trial:"


@dataclass(frozen=True)
class Import:
    """One import. told: what actions.imports keeps of it; person: None when they are gone."""

    id: int
    at: datetime
    person: User | None
    told: dict[str, Any]


def imports_of(task_id: int, person: Person) -> QuerySet[Errand]:
    """Imports into a task or its jobs that are still known, newest first; of those into ground truth and replicas their
    own, unless this is somebody who may judge."""
    rows = Errand.objects.filter(task_id=task_id, report__isnull=False)
    if not may_judge(person, task_id):
        rows = rows.filter(Q(report__apart=False) | Q(report__person=person.user.pk))
    return rows.filter(Q(key__startswith=KEPT) | Q(key__startswith=ASKED)).order_by("-id")


def import_of(task_id: int, import_id: int, person: Person) -> Import:
    """One of them. Raises NotFound."""
    row = imports_of(task_id, person).filter(pk=import_id).first()
    if row is None:
        raise NotFound("no such import")
    return in_words([row])[0]


def in_words(rows: Sequence[Errand]) -> list[Import]:
    """With their people, and how far those are that are not done; two statements more."""
    told_of: dict[int, dict[str, Any]] = {row.pk: row.report or {} for row in rows}
    people = User.objects.in_bulk({told["person"] for told in told_of.values()})
    waiting = [row.job_id for row in rows if told_of[row.pk]["state"] == QUEUED and row.job_id is not None]
    under_way = snapshots(waiting) if waiting else {}
    found = []
    for row in rows:
        told, work = told_of[row.pk], under_way.get(row.job_id or 0)
        if work is not None and work.state == RUNNING:
            told = {**told, "state": STARTED}
        elif work is not None and work.is_finished:
            told = {**told, "state": FAILED, "error": work.error}
        found.append(Import(row.pk, row.created_at, people.get(told["person"]), told))
    return found
