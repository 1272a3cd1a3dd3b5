"""Videos, and waiting for them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import QuerySet

from quintet.accounts.models import User
from quintet.core.errors import NotFound
from quintet.core.stopping import when_stopping
from quintet.services.masks import conf
from quintet.services.masks.models import Video

# How soon somebody who waits hears of it; looking less often the longer it takes.
_FIRST_NAP_SECONDS, _LONGEST_NAP_SECONDS = 0.1, 1.0


def videos_of(owner: User) -> QuerySet[Video]:
    """One's videos, the newest first."""
    return Video.objects.filter(owner=owner).order_by("-id")


def video_of(owner: User, video_id: int) -> Video:
    """One of the person's videos. Raises NotFound."""
    video = Video.objects.filter(pk=video_id, owner=owner).first()
    if video is None:
        raise NotFound("no such video of this person")
    return video


def video_when_finished(owner: User, video_id: int, *, seconds: float) -> Video:
    """The video as soon as nothing more will be done to it, or as it stands after so many seconds; at once when as many
    requests wait as may (MASKS_VIDEO_WAITERS). Raises NotFound, also when it is deleted meanwhile.
    """
    video = video_of(owner, video_id)
    if video.state != Video.PROCESSING or seconds <= 0:
        return video
    with _ROOM.place(owner.pk) as gives_way:
        ends_at, nap = time.monotonic() + seconds, _FIRST_NAP_SECONDS
        while video.state == Video.PROCESSING and gives_way is not None:
            left = ends_at - time.monotonic()
            if left <= 0 or gives_way.wait(min(nap, left)):
                break
            nap = min(nap * 1.5, _LONGEST_NAP_SECONDS)
            video = video_of(owner, video_id)
    return video


class _WaitingRoom:
    """Each who waits holds one of this process's few threads.

    Whether a client that waits is still there cannot be known. So where all places are taken, a person's newest request
    takes the place of their oldest: most likely that client is gone. Nobody waits in a process that is to stop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, threading.Event]] = []
        self._is_closed = False
        when_stopping(self._close)

    def _close(self) -> None:
        with self._lock:
            self._is_closed = True
            for _, gives_way in self._waiting:
                gives_way.set()

    @contextmanager
    def place(self, person_id: int) -> Iterator[threading.Event | None]:
        """What is set when one has to give way; None when there is no place."""
        mine = (person_id, threading.Event())
        with self._lock:
            is_full = len(self._waiting) >= conf.VIDEO_WAITERS.value
            oldest = next((one for one in self._waiting if one[0] == person_id), None) if is_full else None
            if oldest is not None:
                self._waiting.remove(oldest)
                oldest[1].set()
            has_place = (not is_full or oldest is not None) and not self._is_closed
            if has_place:
                self._waiting.append(mine)
        try:
            yield mine[1] if has_place else None
        finally:
            with self._lock:
                if mine in self._waiting:
                    self._waiting.remove(mine)


_ROOM = _WaitingRoom()
