"""On which databases."""

import pytest


@pytest.fixture(scope="module")
def engine_apps() -> tuple[str, ...]:
    return (
        "mocks",
        "accounts",
    )
