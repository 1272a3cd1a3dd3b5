"""Both exposures, for what must hold under each."""

from typing import Any

import pytest


@pytest.fixture(params=["loopback", "network"])
def exposure(request: pytest.FixtureRequest, settings: Any) -> str:
    """Run the test under both exposures; the value is the one in force."""
    settings.QUINTET_EXPOSURE = request.param
    return str(request.param)
