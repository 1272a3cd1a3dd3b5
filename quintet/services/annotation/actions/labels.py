"""Labels are renamed, changed, merged and removed, and what was marked with them goes along.

Nothing that somebody marked or said is lost without their word for it: see Agreed.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from quintet.core.errors import BadInput, NotFound
from quintet.services.annotation.actions.relabelling import (
    Consequence,
    Migration,
    attributes_in_order,
    consequence_for,
    give_label,
    hold,
    migration_of,
    remove_marked,
    saving,
    spec_of,
    write_values,
)
from quintet.services.annotation.actions.tasks import change_skeleton
from quintet.services.annotation.errors import NotAgreed
from quintet.services.annotation.models import Attribute, Label
from quintet.services.annotation.queries import Person
from quintet.services.annotation.queries.labels import label_open_to
from quintet.services.annotation.queries.projects import project_open_to
from quintet.services.annotation.rules import fault_of_attribute
from quintet.services.annotation.shapes.relabelling import Move

_COLUMNS = ("name", "mutable", "input_type", "default_value", "values")


@dataclass(frozen=True)
class Agreed:
    """What somebody gave their word for.

    count         how many marks, or values, they know will go
    to_all        however many these are
    is_rehearsal  nothing is done at all; they want to know what would be
    """

    count: int | None = None
    to_all: bool = False
    is_rehearsal: bool = False

    def refuse_more(self, lost: int, consequence: Consequence) -> None:
        """Raises NotAgreed when that would go without their word."""
        if lost and not self.to_all and self.count != lost:
            raise NotAgreed(lost, consequence.marks, consequence.lost)


def change_label(person: Person, label_id: int, told: Mapping[str, Any], agreed: Agreed) -> Consequence:
    """Name, colour and attributes; all numbers stay.

    told   any of name, color, skeleton, attributes: [{"id": …, then what changes of it, or "delete": true;
           "migrate": {value before: value afterwards}}; without "id" a new one]

    Raises NotFound, NotAllowed, BadInput, and NotAgreed where values would be lost.
    """
    label = label_open_to(person, label_id, "change")
    with transaction.atomic():
        label = hold(label)
        _refuse_taken(label, told.get("name", label.name))
        edits = _edits(label, told.get("attributes", ()))
        migration = migration_of(label, edits.moves)
        found = consequence_for(label, migration, of_all=False)
        if not agreed.is_rehearsal:
            agreed.refuse_more(found.lost, found)
            with saving(label, found.jobs, person.user.pk):
                _write(label, told, edits)
                write_values(migration)
    return found


def _refuse_taken(label: Label, name: str) -> None:
    if Label.objects.filter(task_id=label.task_id, name=name).exclude(pk=label.pk).exists():
        raise BadInput.of("name", "The task has a label of that name.")


@dataclass
class _Edits:
    removed: list[int] = field(default_factory=list)
    changed: list[Attribute] = field(default_factory=list)
    added: list[Attribute] = field(default_factory=list)
    moves: dict[str, Move] = field(default_factory=dict)


def _edits(label: Label, told: Sequence[Mapping[str, Any]]) -> _Edits:
    edits, known = _Edits(), {attribute.pk: attribute for attribute in attributes_in_order(label)}
    names = {attribute.name: attribute.pk for attribute in known.values()}
    for said in told:
        if "id" not in said:
            edits.added.append(Attribute(label_id=label.pk, **said))
            continue
        attribute = known.pop(said["id"], None)
        if attribute is None:
            raise BadInput.of("attributes", f"The label has no attribute {said['id']}, or it is named twice.")
        if said.get("delete"):
            edits.removed.append(attribute.pk)
            edits.moves[str(attribute.pk)] = Move(None)
            del names[attribute.name]
        else:
            _edit(edits, attribute, said)
    _refuse_doubles(edits, names)
    return edits


def _refuse_doubles(edits: _Edits, names: dict[str, int]) -> None:
    # What is called so now counts as well: no two may have one name even in between.
    taken = set(names)
    for attribute in (*edits.changed, *edits.added):
        is_its_own = attribute.pk is not None and names.get(attribute.name) == attribute.pk
        if attribute.name in taken and not is_its_own:
            raise BadInput.of("attributes", f"The label has an attribute {attribute.name!r} already.")
        taken.add(attribute.name)


def _edit(edits: _Edits, attribute: Attribute, said: Mapping[str, Any]) -> None:
    before = spec_of(attribute)
    if said.get("mutable", attribute.mutable) != attribute.mutable:
        raise BadInput.of("attributes", "Whether it is mutable cannot be changed; remove it and add another.")
    for name in _COLUMNS:
        setattr(attribute, name, said.get(name, getattr(attribute, name)))
    after = spec_of(attribute)
    if fault := fault_of_attribute(after.input_type, after.values, after.default):
        raise BadInput.of("attributes", f"{attribute.name}: {fault}")
    edits.changed.append(attribute)
    instead = said.get("migrate", {})
    if instead or (before.input_type, before.values, before.default) != (after.input_type, after.values, after.default):
        edits.moves[str(attribute.pk)] = Move(after, instead)


def _write(label: Label, told: Mapping[str, Any], edits: _Edits) -> None:
    columns = {name: told[name] for name in ("name", "color") if told.get(name)}
    if columns:
        Label.objects.filter(pk=label.pk).update(**columns)
    if "skeleton" in told:
        change_skeleton(label, told["skeleton"])
    if edits.removed:
        Attribute.objects.filter(pk__in=edits.removed).delete()
    if edits.changed:
        Attribute.objects.bulk_update(edits.changed, ("name", "input_type", "default_value", "values"))
    Attribute.objects.bulk_create(edits.added)


def merge_label(
    person: Person, label_id: int, into: int, attributes: Mapping[str, str | None], agreed: Agreed
) -> Consequence:
    """All that has this label gets the other one of the same task; this one goes.

    attributes   name of one of this label's -> name of one of the other's, or None: its values are lost. Those that
                 are not named go to the one of the same name, where there is one

    Raises NotFound, NotAllowed, BadInput, and NotAgreed where values would be lost.
    """
    label = label_open_to(person, label_id, "change")
    with transaction.atomic():
        label = hold(label)
        other = Label.objects.filter(pk=into, task_id=label.task_id).exclude(pk=label.pk)
        target = other.prefetch_related("attributes").first()
        if target is None:
            raise BadInput.of("into", "That is no other label of this task.")
        return _merge(person, label, target, attributes, agreed)


def _merge(
    person: Person, label: Label, target: Label, attributes: Mapping[str, str | None], agreed: Agreed
) -> Consequence:
    if label.skeleton != target.skeleton:
        raise BadInput.of("into", "The two have not the same skeleton.")
    migration = migration_of(label, _moves(label, target, attributes))
    found = consequence_for(label, migration, of_all=True)
    if agreed.is_rehearsal:
        return found
    agreed.refuse_more(found.lost, found)
    with saving(label, found.jobs, person.user.pk):
        write_values(migration)
        give_label(label, target)
        Label.objects.filter(pk=label.pk).delete()
    return found


def _moves(label: Label, target: Label, attributes: Mapping[str, str | None]) -> dict[str, Move]:
    theirs = {attribute.name: attribute for attribute in attributes_in_order(target)}
    ours = attributes_in_order(label)
    if unknown := attributes.keys() - {attribute.name for attribute in ours}:
        raise BadInput.of("attributes", f"The label has no attribute {min(unknown)[:64]!r}.")
    moves: dict[str, Move] = {}
    for attribute in ours:
        name = attributes.get(attribute.name, attribute.name)
        found = theirs.get(name) if name is not None else None
        if found is None and attributes.get(attribute.name) is not None:
            raise BadInput.of("attributes", f"The other label has no attribute {str(name)[:64]!r}.")
        moves[str(attribute.pk)] = Move(spec_of(found) if found is not None else None)
    targets = [move.to.id for move in moves.values() if move.to is not None]
    if len(set(targets)) < len(targets):
        raise BadInput.of("attributes", "Two attributes cannot become one.")
    return moves


def delete_label(person: Person, label_id: int, agreed: Agreed) -> Consequence:
    """Away with it and with all that has it.

    Raises NotFound, NotAllowed, BadInput for a task's last one, and NotAgreed where marks would go.
    """
    label = label_open_to(person, label_id, "change")
    with transaction.atomic():
        label = hold(label)
        if not Label.objects.filter(task_id=label.task_id).exclude(pk=label.pk).exists():
            raise BadInput("A task needs at least one label.")
        found = consequence_for(label, Migration(), of_all=True)
        if not agreed.is_rehearsal:
            agreed.refuse_more(found.total, found)
            with saving(label, found.jobs, person.user.pk):
                remove_marked(label)
                Label.objects.filter(pk=label.pk).delete()
    return found


# A project's labels are those of its tasks, by name.


def rename_in_project(person: Person, project_id: int, name: str, after: str, agreed: Agreed) -> int:
    """Call the label so in every task of a project; how many tasks that are.

    Raises NotFound, NotAllowed, and BadInput where no task has it or one has both.
    """
    with transaction.atomic():
        labels = _held_in_project(person, project_id, name)
        for label in labels:
            _refuse_taken(label, after)
        if not agreed.is_rehearsal:
            _rename(labels, after)
    return len(labels)


def merge_in_project(
    person: Person, project_id: int, name: str, into: str, attributes: Mapping[str, str | None], agreed: Agreed
) -> tuple[int, Consequence]:
    """Merge the one label into the other in every task of a project; where a task has only the first, it is renamed.

    Returns how many tasks that are. Raises as merge_label, and BadInput where no task has it.
    """
    if name == into:
        raise BadInput.of("into", "That is the same label.")
    whole, only = Consequence(), Agreed(to_all=True, is_rehearsal=agreed.is_rehearsal)
    with transaction.atomic():
        labels = _held_in_project(person, project_id, name)
        there = Label.objects.filter(task__project_id=project_id, name=into).prefetch_related("attributes")
        targets = {label.task_id: label for label in there}
        for label in labels:
            if label.task_id in targets:
                whole.and_also(_merge(person, label, targets[label.task_id], attributes, only))
        if not agreed.is_rehearsal:
            agreed.refuse_more(whole.lost, whole)
            _rename([label for label in labels if label.task_id not in targets], into)
    return len(labels), whole


def _held_in_project(person: Person, project_id: int, name: str) -> list[Label]:
    project_open_to(person, project_id, "change")
    labels = Label.objects.filter(task__project_id=project_id, name=name).order_by("task_id")
    held = []
    for label in labels:
        # Somebody may just have removed it with its task.
        with suppress(NotFound):
            held.append(hold(label))
    held = [label for label in held if label.name == name]
    if not held:
        raise BadInput.of("from", "No task of the project has a label of that name.")
    return held


def _rename(labels: Sequence[Label], name: str) -> None:
    for label in labels:
        with saving(label, set()):
            Label.objects.filter(pk=label.pk).update(name=name)
