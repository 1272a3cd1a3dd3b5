"""What the demonstration puts in masks."""

from quintet.accounts.models import User
from quintet.services.masks.models import Camera, Feedback, Quota

_CAMERAS = (
    ("正门 Main gate", "校门口，朝向街道 At the gate, facing the street"),
    ("食堂 Canteen", "取餐口上方 Above the counter"),
    ("图书馆 Library", "二楼入口 Entrance on the second floor"),
)


def make_samples(administrator: User) -> None:
    """Three free cameras, a quota worth trying, one entry of feedback. Idempotent."""
    Quota.of(administrator.pk)
    if not Camera.objects.exists():
        Camera.objects.bulk_create(Camera(name=name, description=text) for name, text in _CAMERAS)
    if not Feedback.objects.exists():
        Feedback.objects.create(
            owner=administrator, title="欢迎 Welcome", content="这里是用户反馈 Feedback from people appears here"
        )
