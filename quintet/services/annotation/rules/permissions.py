"""Who may do what with projects, tasks and jobs: by group, or by what ties somebody to the thing.

| group     | makes | sees all |
|-----------|-------|----------|
| admin     | yes   | and changes all |
| user      | yes   | |
| annotator |       | |
| observer  |       | yes      |
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from quintet.services.annotation.rules.people import ADMIN

USER, ANNOTATOR, OBSERVER = "user", "annotator", "observer"
Groups = Collection[str]
Deed = Literal["see", "change", "delete", "upload"]


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a person to a task or a job.

    owns      owner of the task or of its project
    assigned  assignee of either
    works     assignee of the job; where a task is asked for, of any of its jobs
    is_free   the task has no assignee, and what has none is everybody's
    made      created the task
    """

    owns: bool
    assigned: bool
    works: bool
    is_free: bool
    made: bool = False


def may_make(groups: Groups) -> bool:
    """Whether they make tasks and projects."""
    return ADMIN in groups or USER in groups


def sees_all(groups: Groups) -> bool:
    """Whether every list shows them everything."""
    return ADMIN in groups or OBSERVER in groups


def may_with_task(deed: Deed, groups: Groups, ties: Ties) -> bool:
    """Whether they may do this to the task, or to all its annotations."""
    if ADMIN in groups or ties.owns:
        return True
    if deed == "see":
        return OBSERVER in groups or ties.assigned or ties.works or ties.is_free
    if deed == "upload":
        return ties.made or ties.assigned
    return deed == "change" and ties.assigned


def may_with_job(deed: Deed, groups: Groups, ties: Ties) -> bool:
    """Whether they may see or change the job and its annotations. What is everybody's is not an observer's to change.

    >>> free = Ties(owns=False, assigned=False, works=False, is_free=True)
    >>> [may_with_job("change", groups, free) for groups in ([], ["annotator"], ["observer"], ["observer", "user"])]
    [True, True, False, True]
    """
    if ADMIN in groups or ties.owns or ties.assigned or ties.works:
        return True
    if deed == "see":
        return OBSERVER in groups or ties.is_free
    return ties.is_free and (OBSERVER not in groups or USER in groups or ANNOTATOR in groups)
