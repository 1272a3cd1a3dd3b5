"""Refusals peculiar to annotation."""

from collections.abc import Mapping
from datetime import datetime

from quintet.core.errors import BadInput, Conflict, DomainError, NotAllowed, NotFound, TooLarge


class FieldsNotAllowed(BadInput):
    """The body names fields that this person may not write."""


class LastSuperuser(NotAllowed):
    """Nobody would be left who administers the server."""


class SharedAccount(NotAllowed):
    """The account serves elsewhere as well; this service's administrator may not change what belongs to all."""


class Misshapen(BadInput):
    """What was marked, or asked for, does not fit.

    said   what the client reads, whatever its form: CVAT says such things as bare sentences, lists, or nested by field
    """

    def __init__(self, said: object) -> None:
        super().__init__(str(said))
        self.said = said


class SaidPlainly(BadInput):
    """What CVAT answers as a bare JSON string, without a field."""


class StillReading(Conflict):
    """The data that came before is still being read."""


class SavedMeanwhile(Conflict):
    """Somebody else has saved since.

    version   the newest
    last      number and name of who saved last, and when; None when nobody has
    """

    def __init__(self, version: int, last: tuple[int | None, str | None, datetime] | None) -> None:
        super().__init__(f"version {version} has been saved meanwhile")
        self.version, self.last = version, last


class Forgotten(NotFound):
    """It was there, and is not kept any more."""


class AlreadyRunning(Conflict):
    """A function looks at this task already."""


class UnknownFunction(NotFound):
    """Nobody provides such a function."""


class UnreadableFrame(DomainError):
    """The file of a frame is gone or damaged."""


class NotAgreed(Conflict):
    """Something would be lost that nobody has said may go.

    count    what must be confirmed
    marks    how many tags, shapes and tracks are touched
    values   of attributes that would be lost
    """

    def __init__(self, count: int, marks: Mapping[str, int], values: int) -> None:
        super().__init__(f"{count} would be lost")
        self.count, self.marks, self.values = count, marks, values


class BadFile(BadInput):
    """A file of annotations that cannot be read, or that is another task's."""


class Misfit(BadFile):
    """One thing in a file that the task cannot hold. The rest of the file may well fit.

    reason   a word for programs: no_frame, unknown_label, bad_points, bad_value, wrong_size or unreadable
    """

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(said)
        self.reason = reason


class Undone(DomainError):
    """An export or import that somebody waited for has failed."""


class WrongTusVersion(BadInput):
    """Whoever sends a file in pieces speaks another version of tus."""


class NoPiece(BadInput):
    """The body of a request that brings a piece of a file is called something else."""


class OffsetDiffers(Conflict):
    """A piece does not begin where the file ends: others were faster, or an answer was lost.

    offset   where the file ends
    """

    def __init__(self, offset: int) -> None:
        super().__init__(f"The file has {offset} bytes so far.")
        self.offset = offset


class ChecksumDiffers(BadInput):
    """A piece is not what its checksum says; none of it was kept."""


class OverLimit(TooLarge):
    """A file is larger than a limit, which the words name."""
