"""A watcher for tests, with a detector that sees what it is told."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from quintet.accounts.models import User
from quintet.services.masks.actions import create_camera
from quintet.services.masks.models import Camera
from quintet.services.masks.tests.camera_sources import wait_until
from quintet.services.masks.vision.detector import Face
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.watching.watcher import Watcher


class Seer:
    """Sees the same faces in every frame; counts how often it was asked."""

    def __init__(self, *faces: Face) -> None:
        self.faces, self.looks = faces, 0

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        self.looks += 1
        return self.faces


MASKED = Face(4, 4, 20, 24, "with_mask", 0.9)
BARE = Face(30, 4, 46, 24, "without_mask", 0.8)


@contextmanager
def watching(seer: Seer | None = None) -> Iterator[Watcher]:
    """A watcher in a thread of this process."""
    stop = threading.Event()
    watcher = Watcher(stop, looker=lambda: seer or Seer(MASKED))
    thread = threading.Thread(target=watcher.run, daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def make_watched(owner: User, source: str) -> Camera:
    """A camera of that person that has a source."""
    camera = create_camera(owner, name="gate", description="", source=source)
    Camera.objects.filter(pk=camera.pk).update(owner=owner, bound_at=camera.created_at)
    return camera


def wait_until_seen(watcher: Watcher, camera: Camera) -> None:
    """Until the camera has been looked at."""
    wait_until(lambda: (held := watcher.watched.get(camera.pk)) and held.eye.board.look)


_OTHER_PROCESS = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.QUINTET_MASKS_CAMERA_LEASE_SECONDS = int(sys.argv[2])
django.setup()
from quintet.services.masks.interface import watch_cameras
import threading
watch_cameras(threading.Event())
"""


@contextmanager
def watching_elsewhere(*, lease_seconds: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A watcher in a process of its own, on this test's database, with the real detector."""
    name = str(connections["default"].settings_dict["NAME"])
    command = [sys.executable, "-c", _OTHER_PROCESS, name, str(lease_seconds)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "quintet.server.settings"}
    with subprocess.Popen(command, env=environment) as other:
        try:
            yield other
        finally:
            other.kill()
