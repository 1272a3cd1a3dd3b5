"""Who reads a camera: one process at a time in the whole installation, for as long as it says so again and again."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, Q

from quintet.core.clock import now
from quintet.services.masks import conf
from quintet.services.masks.models import Camera


def claim_camera(camera_id: int, *, watcher: str) -> int | None:
    """Take a camera that has a source and that nobody reads; the number of the lease. None when somebody was faster.

    watcher   where this process can be asked; no two processes have the same
    """
    moment = now()
    free = Camera.objects.filter(Q(lease_until=None) | Q(lease_until__lte=moment), pk=camera_id).exclude(source="")
    taken = free.update(
        lease=F("lease") + 1,
        lease_until=moment + timedelta(seconds=lease_seconds()),
        watcher=watcher,
        state=Camera.CONNECTING,
        state_since=moment,
        state_why="",
    )
    if not taken:
        return None
    return Camera.objects.filter(pk=camera_id, watcher=watcher).values_list("lease", flat=True).first()


def keep_cameras(leases: Iterable[tuple[int, int]]) -> set[int]:
    """Renew leases (camera, lease). The cameras that are still ours."""
    until = now() + timedelta(seconds=lease_seconds())
    return {
        camera_id
        for camera_id, lease in leases
        if Camera.objects.filter(pk=camera_id, lease=lease, lease_until__isnull=False)
        .exclude(source="")
        .update(lease_until=until)
    }


def give_cameras_back(leases: Iterable[tuple[int, int]]) -> None:
    """Read no longer; another process may at once."""
    for camera_id, lease in leases:
        Camera.objects.filter(pk=camera_id, lease=lease).update(lease_until=None, watcher="")


def write_state(camera_id: int, lease: int, *, state: str, why: str) -> None:
    """How the camera is from now on; nothing happens when the lease is not the one any more."""
    Camera.objects.filter(pk=camera_id, lease=lease).update(state=state, state_why=why, state_since=now())


def lease_seconds() -> int:
    """How long whoever reads a camera may be silent; at least 2."""
    return max(2, conf.CAMERA_LEASE_SECONDS.value)
