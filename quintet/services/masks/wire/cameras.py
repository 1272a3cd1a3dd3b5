"""Cameras on the wire."""

from quintet.services.masks.models import Camera


def camera(row: Camera) -> dict[str, object]:
    """000:97-102"""
    return {"camera_id": row.pk, "camera_name": row.name, "user_id": row.owner_id, "desc": row.description}
