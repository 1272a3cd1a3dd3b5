"""Decisions that need no database."""

from quintet.services.annotation.rules.people import (
    ADMIN,
    GROUPS,
    SIGNATURE,
    fault_of_own_changes,
    fault_of_rights,
    shown_groups,
    signed_part,
    with_signature,
)
from quintet.services.annotation.rules.permissions import Deed, Ties, may_make, may_with_job, may_with_task, sees_all

__all__ = [
    "ADMIN",
    "GROUPS",
    "SIGNATURE",
    "Deed",
    "Ties",
    "fault_of_own_changes",
    "fault_of_rights",
    "may_make",
    "may_with_job",
    "may_with_task",
    "sees_all",
    "shown_groups",
    "signed_part",
    "with_signature",
]
