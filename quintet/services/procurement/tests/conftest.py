"""Who takes part, and on which databases."""

from collections.abc import Iterator

import pytest

from quintet.services.procurement.queries import forget_goods_count
from quintet.services.procurement.rules import ADMINISTRATOR, EDUCATION_BUREAU, GRAIN_COMPANY, SCHOOL
from quintet.services.procurement.tests.makers import Person, make_person


@pytest.fixture
def grain(db: None) -> Person:
    return make_person("liangyou", GRAIN_COMPANY)


@pytest.fixture
def bureau(db: None) -> Person:
    return make_person("jiaotiju", EDUCATION_BUREAU)


@pytest.fixture
def school(db: None) -> Person:
    return make_person("ldzx", SCHOOL)


@pytest.fixture
def admin(db: None) -> Person:
    return make_person("root", ADMINISTRATOR)


@pytest.fixture(scope="module")
def engine_apps() -> tuple[str, ...]:
    return (
        "procurement",
        "accounts",
    )


@pytest.fixture
def engine(engine: None) -> Iterator[None]:
    """Besides, what this process remembers of them goes with the rows."""
    yield
    forget_goods_count()
