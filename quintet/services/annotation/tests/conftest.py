"""On which databases, and what several tests begin with."""

import pytest
from django.test import Client

from quintet.services.annotation.tests.drawings import Drawable, make_drawable
from quintet.services.annotation.tests.makers import make_person, with_key


@pytest.fixture(scope="module")
def engine_apps() -> tuple[str, ...]:
    return (
        "annotation",
        "accounts",
        "deferred",
        "sessions",
    )


@pytest.fixture
def drawn() -> Drawable:
    return make_drawable(make_person())


@pytest.fixture
def alice(drawn: Drawable) -> Client:
    assert drawn.task.owner is not None
    return with_key(drawn.task.owner)
