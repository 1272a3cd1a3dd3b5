"""Decisions that need no database."""

from quintet.services.annotation.rules.labels import INPUT_TYPES, color_of, fault_of_attribute, is_color
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
from quintet.services.annotation.rules.segments import overlap_of, segments, selected, step_of

__all__ = [
    "ADMIN",
    "GROUPS",
    "INPUT_TYPES",
    "SIGNATURE",
    "Deed",
    "Ties",
    "color_of",
    "fault_of_attribute",
    "fault_of_own_changes",
    "fault_of_rights",
    "is_color",
    "may_make",
    "may_with_job",
    "may_with_task",
    "overlap_of",
    "sees_all",
    "segments",
    "selected",
    "shown_groups",
    "signed_part",
    "step_of",
    "with_signature",
]
