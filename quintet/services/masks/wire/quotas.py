"""Quotas on the wire."""

from quintet.core.wire import Fields, read_digits
from quintet.services.masks.models import Kind, Quota


def read_kind(fields: Fields) -> Kind:
    """`state_code`. Raises BadInput."""
    return Kind(read_digits(fields, "state_code", least=min(Kind), most=max(Kind)))


def resources(quota: Quota) -> dict[str, object]:
    """000:70-81"""
    return {
        "resource_table_id": quota.pk,
        "user_id": quota.owner_id,
        "img_nums": quota.pictures_left,
        "camera_nums": quota.cameras_left,
        "video_nums": quota.videos_left,
    }
