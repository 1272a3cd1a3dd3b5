"""The OpenAPI document knows this service."""

import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from quintet.services.annotation.urls import urlpatterns


def test_every_path_is_in_the_openapi_document_and_nothing_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    served = {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route.pattern}") for route in urlpatterns}
    assert served <= set(document["paths"])
    assert [line for line in capsys.readouterr().err.splitlines() if "annotation" in line] == []
