"""What becomes of the values that were said of things when their label changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quintet.services.annotation.shapes.checks import Spec, fits


@dataclass(frozen=True)
class Move:
    """Where the values of one attribute go.

    to        what the attribute is afterwards, or the other label's; None: its values are lost
    instead   {value before: value afterwards} of those that change
    """

    to: Spec | None
    instead: Mapping[str, str] = field(default_factory=dict)


# By the attribute's number, as text, since that is how values are stored.
Moves = Mapping[str, Move]


def migrated(said: Mapping[str, str], moves: Moves) -> tuple[dict[str, str], int, int]:
    """What is said of a thing afterwards, how many of its values moved or changed, and how many were lost.

    A value that its attribute cannot have any more becomes the default, and counts as lost. It is said, rather than
    left out: a keyframe that says nothing would take the value of the one before.

    >>> color = Spec(7, "color", False, "select", "red", ("red", "blue"))
    >>> migrated({"7": "navy", "8": "x"}, {"7": Move(color, {"navy": "blue"})})
    ({'7': 'blue', '8': 'x'}, 1, 0)
    >>> migrated({"7": "navy", "8": "x"}, {"7": Move(color), "8": Move(None)})
    ({'7': 'red'}, 0, 2)
    """
    kept: dict[str, str] = {}
    moved = lost = 0
    for number, value in said.items():
        move = moves.get(number)
        if move is None:
            kept[number] = value
        elif move.to is None:
            lost += 1
        else:
            there, after = str(move.to.id), move.instead.get(value, value)
            is_fit = fits(after, move.to)
            kept[there] = after if is_fit else move.to.default
            lost += not is_fit
            moved += is_fit and (there, after) != (number, value)
    return kept, moved, lost


def of_tracks(moves: Moves, *, changing: bool) -> Moves:
    """The same for tracks, whose keyframes say what changes and who say the rest themselves: a value cannot go from one
    to the other.

    changing   for keyframes
    """
    return {
        number: Move(None) if move.to is not None and move.to.mutable != changing else move
        for number, move in moves.items()
    }
