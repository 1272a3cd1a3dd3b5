"""Reads the cameras that have a source: each by one process in the whole installation, the one that has its lease.

All that is written to the database is written by the thread that runs the watcher; reading and looking know none.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import Error, connections

from quintet.accounts.seals import BrokenSeal, unseal
from quintet.core import conf as core_conf
from quintet.core.clock import now
from quintet.services.masks import actions, conf, queries
from quintet.services.masks.models import Camera
from quintet.services.masks.vision.cameras.address import BadSource, read_source
from quintet.services.masks.vision.cameras.reader import Reader, Slot, State
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.watching.board import described
from quintet.services.masks.watching.door import Door
from quintet.services.masks.watching.eye import Eye, Looker, Turns

log = logging.getLogger("quintet.masks.watcher")

_TURN_SECONDS, _WRITE_EVERY_SECONDS = 0.5, 10.0
_IDLE_SECONDS, _GUARD_SECONDS = 60.0, 0.2


@dataclass
class _Watched:
    """A camera that is ours for as long as `lease_ends` (time.monotonic) has not come."""

    lease: int
    lease_ends: float
    eye: Eye
    reader: Reader | None
    states: "deque[tuple[State, str]]" = field(default_factory=lambda: deque(maxlen=50))

    def changed(self, state: State, why: str) -> None:
        """For the reader's thread: keep it until it is written, and tell who watches."""
        self.states.append((state, why))
        self.eye.board.say(state, why, now())

    def stop(self) -> None:
        if self.reader is not None:
            self.reader.stop()
        self.eye.stop()


class Watcher:
    """Takes cameras that nobody reads, and reads them until told to stop or until somebody else has them. It ends by
    itself when there has been nothing to read for a minute; a worker starts another when there is.

    parent_pid   stop when this process is no longer its child
    looker       gives the one detector that all cameras share
    """

    def __init__(
        self,
        stop: threading.Event | None = None,
        *,
        parent_pid: int = 0,
        looker: Callable[[], Looker] | None = None,
    ) -> None:
        self.stop = stop or threading.Event()
        self.watched: dict[int, _Watched] = {}
        self._parent_pid, self._looker = parent_pid, looker or detector
        self._turns = Turns(conf.CAMERA_LOOKS.value or max(1, os.cpu_count() or 1))
        self._door = Door(self._eye_of, listen=conf.WATCHER.value, folder=Path(core_conf.DATA.value).absolute() / "run")
        self._is_over = threading.Event()
        self._needed_at = self._renewed_at = self._written_at = time.monotonic()

    @property
    def address(self) -> str:
        """Where web processes ask it."""
        return self._door.address

    def run(self) -> None:
        """Until told to stop; leases are given back then, so that nobody has to wait for their end."""
        threading.Thread(target=self._stop_what_has_ended, name="leases", daemon=True).start()
        try:
            while not self._has_to_end():
                self.turn()
                self.stop.wait(_TURN_SECONDS)
        finally:
            self._end()

    def _has_to_end(self) -> bool:
        is_orphan = bool(self._parent_pid) and os.getppid() != self._parent_pid
        return self.stop.is_set() or is_orphan or time.monotonic() - self._needed_at > _IDLE_SECONDS

    def turn(self) -> None:
        """See to everything once. Bears a database that is away: leases then end, and what they were for with them."""
        self._let_go_what_has_ended()
        try:
            self._take_stock()
            self._renew()
            self._write()
        except Error:
            log.warning("the database cannot be used; trying again", exc_info=True)
            connections.close_all()

    def _eye_of(self, camera_id: int) -> Eye | None:
        watched = self.watched.get(camera_id)
        return watched.eye if watched else None

    def _take_stock(self) -> None:
        rows = Camera.objects.exclude(source="").order_by("id")
        told = {row.pk: row for row in rows.only("lease", "lease_until")}
        if told:
            self._needed_at = time.monotonic()
        for camera_id, watched in list(self.watched.items()):
            row = told.get(camera_id)
            if row is None or row.lease != watched.lease:
                self._drop(camera_id)
        for row in told.values():
            is_free = row.lease_until is None or row.lease_until <= now()
            if is_free and row.pk not in self.watched and len(self.watched) < conf.CAMERAS_PER_WATCHER.value:
                self._take(row)

    def _take(self, row: Camera) -> None:
        self._looker()  # a model that cannot be loaded is better known before than in every thread
        ends = time.monotonic() + actions.lease_seconds()
        lease = actions.claim_camera(row.pk, watcher=self.address)
        if lease is None:
            return
        # What is read is what stands there under our lease: it may have been changed a moment ago.
        sealed = Camera.objects.filter(pk=row.pk).values_list("source_sealed", flat=True).first() or ""
        slot, name = Slot(), f"camera {row.pk}"
        watched = _Watched(lease, ends, self._new_eye(slot, name), None)
        try:
            source = read_source(unseal(sealed, purpose=queries.SOURCE_SEAL), files=conf.CAMERA_FILES.value)
        except (BrokenSeal, BadSource):
            watched.changed("lost", "The source cannot be read any more; set it again.")
        else:
            verify = conf.CAMERA_VERIFY_TLS.value
            watched.reader = Reader(source, slot, changed=watched.changed, name=name, verify=verify)
            watched.reader.start()
        watched.eye.start()
        self.watched[row.pk] = watched

    def _new_eye(self, slot: Slot, name: str) -> Eye:
        return Eye(
            slot,
            looker=self._looker,
            turns=self._turns,
            each_seconds=1 / max(1, conf.CAMERA_FPS.value),
            quiet_seconds=conf.CAMERA_QUIET_SECONDS.value,
            name=name,
        )

    def _renew(self) -> None:
        moment = time.monotonic()
        if moment - self._renewed_at < actions.lease_seconds() / 3:
            return
        self._renewed_at = moment
        kept = actions.keep_cameras((camera_id, watched.lease) for camera_id, watched in self.watched.items())
        for camera_id, watched in list(self.watched.items()):
            if camera_id in kept:
                watched.lease_ends = moment + actions.lease_seconds()
            else:
                self._drop(camera_id)

    def _stop_what_has_ended(self) -> None:
        # A thread of its own: the one that renews leases may be waiting for the database when they end.
        while not self._is_over.wait(_GUARD_SECONDS):
            for watched in list(self.watched.values()):
                if time.monotonic() >= watched.lease_ends:
                    watched.stop()

    def _let_go_what_has_ended(self) -> None:
        for camera_id, watched in list(self.watched.items()):
            if time.monotonic() >= watched.lease_ends:
                self._drop(camera_id)

    def _drop(self, camera_id: int) -> None:
        self.watched.pop(camera_id).stop()

    def _write(self, *, all_of_it: bool = False) -> None:
        is_time = all_of_it or time.monotonic() - self._written_at > _WRITE_EVERY_SECONDS
        for camera_id, watched in list(self.watched.items()):
            self._write_state(camera_id, watched)
            self._write_sightings(camera_id, watched)
            if is_time:
                self._write_minutes(camera_id, watched, before=None if all_of_it else now())
        if is_time:
            self._written_at = time.monotonic()

    def _write_state(self, camera_id: int, watched: _Watched) -> None:
        newest = None
        while watched.states:
            newest = watched.states.popleft()
        if newest is None:
            return
        try:
            actions.write_state(camera_id, watched.lease, state=newest[0], why=newest[1])
        except Error:
            watched.states.appendleft(newest)
            raise

    def _write_sightings(self, camera_id: int, watched: _Watched) -> None:
        while watched.eye.sightings:
            sighting = watched.eye.sightings.popleft()
            height, width = sighting.look.pixels.shape[:2]
            faces = [described(face) for face in sighting.look.faces]
            try:
                actions.report_unmasked(
                    camera_id, watched.lease, at=sighting.look.at, faces=faces, width=width, height=height,
                    snapshot=sighting.jpeg,
                )  # fmt: skip
            except Error:
                watched.eye.sightings.appendleft(sighting)
                raise

    def _write_minutes(self, camera_id: int, watched: _Watched, *, before: datetime | None) -> None:
        for minute in watched.eye.minutes(before=before):
            actions.write_minute(
                camera_id, watched.lease, minute=minute.minute, looks=minute.looks, most_faces=minute.most_faces,
                most=minute.most, sums=minute.sum,
            )  # fmt: skip

    def _end(self) -> None:
        self._is_over.set()
        for watched in self.watched.values():
            watched.stop()
        try:
            self._write(all_of_it=True)
            actions.give_cameras_back((camera_id, watched.lease) for camera_id, watched in self.watched.items())
        except Error:
            log.warning("leases could not be given back; they end by themselves", exc_info=True)
        finally:
            self._door.close()
            connections.close_all()


def detector() -> Detector:
    """The one that all cameras share; loaded when the first frame comes."""
    return queries.camera_detector()
