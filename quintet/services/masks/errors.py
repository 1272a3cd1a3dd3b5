"""Refusals peculiar to masks."""

from quintet.core.errors import BadInput, Conflict, DomainError, NotAllowed, NotFound


class QuotaExhausted(DomainError):
    """No pictures, cameras or videos are left; more have to be bought first."""


class BadUpload(BadInput):
    """No file came, or it is not what it should be."""


class CameraTaken(Conflict):
    """Somebody has bound that camera, or it does not exist."""


class TopUpRefused(NotAllowed):
    """The person may not give themselves more, or not as much today."""


class TooManyViewers(Conflict):
    """Every place from which cameras can be watched is taken."""


class NothingToSee(Conflict):
    """The camera has no picture just now: no source, nobody who reads it, or the source is silent."""


class VideoFinished(Conflict):
    """Nothing is done to the video any more: there is nothing to cancel."""


class NoResult(NotFound):
    """The video failed or was cancelled, or what came of it is not kept any more. `reason` is fit for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoSuchRange(DomainError):
    """Bytes were asked for that the file does not have. `size_bytes` is what it has."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"the file has {size_bytes} bytes")
        self.size_bytes = size_bytes
