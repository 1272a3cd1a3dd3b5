"""Ratios against the rival of each kind, measured in one run on one machine. Never absolute times.

A bench is a module here with `run() -> list[Row]`; `./run bench goods` runs one, `./run bench` all of them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of a table.

    what      what was done, e.g. "GET /api/goods, page 3"
    against   the rival, e.g. "DRF ModelViewSet"
    ratio     how many times better ours is: the rival's cost divided by ours (its score, where more is better)
    measure   what was compared, e.g. "CPU time per request"
    least, most   the smallest and the largest ratio of the single rounds, where there were several
    """

    what: str
    against: str
    ratio: float
    measure: str
    least: float | None = None
    most: float | None = None
