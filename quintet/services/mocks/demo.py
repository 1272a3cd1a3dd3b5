"""What the demonstration puts in it."""

from quintet.accounts.models import User
from quintet.services.mocks.actions import save_mock
from quintet.services.mocks.models import Mock

_SAMPLES = {
    "test": '{"hello": "world"}',
    "weather": '{\n  "city": "上海",\n  "temperature": 21.5,\n  "sky": "☀️",\n  "days": ["mon", "tue", "wed"]\n}',
    "empty page": '{"count": 0, "next": null, "previous": null, "results": []}',
}


def make_samples(administrator: User) -> None:
    """Three mocks of the administrator's. Idempotent: a name that is there is left alone."""
    there = set(Mock.objects.filter(owner=administrator).values_list("name", flat=True))
    for name, text in _SAMPLES.items():
        if name not in there:
            save_mock(owner_id=administrator.pk, name=name, text=text.encode())
