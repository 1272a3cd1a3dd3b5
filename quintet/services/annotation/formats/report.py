"""What an import found in a file: gathered as it is read, told afterwards. Readers never stop at one thing that does
not fit; whether the whole is refused for it is decided at the end."""

from collections import Counter
from types import TracebackType

from quintet.services.annotation.errors import Misfit

# A file with a million things that do not fit is told of by these, and by numbers.
MOST_TOLD = 200
_LONGEST = 300


class Report:
    """Items of a file that found their frames, and all that was left out, with why.

    ways      how many items were found by `name`, `stem` (the name without ending), `end` (the last parts of either)
              or `number`
    reasons   how often each reason of a Misfit was met
    items     items that are left out
    lost      marks that do not come in
    values    attribute values that do not come in; their marks do
    told      the first MOST_TOLD things that were left out
    """

    def __init__(self) -> None:
        self.ways, self.reasons = Counter[str](), Counter[str]()
        self.items = self.lost = self.values = 0
        self.told: list[dict[str, object]] = []
        self._item: str = ""
        self._frame: int | None = None

    @property
    def total(self) -> int:
        """How many things were left out: items, marks and values."""
        return sum(self.reasons.values())

    @property
    def first(self) -> str:
        """Why the first of them was."""
        return str(self.told[0]["why"]) if self.told else ""

    def as_json(self) -> dict[str, object]:
        """All of it, as JSON has it."""
        return {
            "items": {"matched": sum(self.ways.values()), "skipped": self.items, "by": dict(self.ways)},
            "lost": {"marks": self.lost, "values": self.values},
            "reasons": dict(self.reasons),
            "skipped": self.told,
            "skipped_total": self.total,
        }

    def at(self, item: str, frame: int | None = None) -> None:
        """What follows stands there in the file, and belongs to that frame."""
        self._item, self._frame = _storable(item), frame

    def skip(self, misfit: Misfit, what: str) -> None:
        """Leave something out.

        what   item, tag, shape, track, keyframe or value
        """
        self.reasons[misfit.reason] += 1
        self.items += what == "item"
        self.values += what == "value"
        self.lost += what in ("tag", "shape", "track")
        if len(self.told) < MOST_TOLD:
            self.told.append(
                {
                    "item": self._item, "frame": self._frame, "what": what, "reason": misfit.reason,
                    "why": _storable(str(misfit)),
                }
            )  # fmt: skip

    def lose(self, count: int = 1) -> None:
        """Marks of an item that was left out."""
        self.lost += count

    def bearing(self, what: str) -> "_Bearing":
        """Read one thing inside; if it does not fit it is left out.

        >>> report = Report()
        >>> with report.bearing("shape"):
        ...     raise Misfit("unknown_label", "The task has no label 'cat'.")
        >>> report.first
        "The task has no label 'cat'."
        """
        return _Bearing(self, what)


def _storable(words: str) -> str:
    # No database stores NUL in JSON.
    return words[:_LONGEST].replace("\x00", "\ufffd")


class _Bearing:
    __slots__ = ("_report", "_what")

    def __init__(self, report: Report, what: str) -> None:
        self._report, self._what = report, what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Misfit):
            return False
        self._report.skip(error, self._what)
        return True
