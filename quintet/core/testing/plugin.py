"""Loaded by pytest before Django's settings are: tests have a data folder of their own."""

import os
import shutil
import tempfile

import pytest

_OWN = "QUINTET_TEST_DATA_OF"


def _begin() -> None:
    # Workers of pytest-xdist inherit the folder of the process that started them.
    if _OWN not in os.environ:
        os.environ[_OWN] = str(os.getpid())
        os.environ["QUINTET_DATA"] = tempfile.mkdtemp(prefix="quintet-tests-")
    for variable in ("QUINTET_EXPOSURE", "QUINTET_DATABASE", "QUINTET_JOBS"):
        os.environ.pop(variable, None)


_begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last one out takes the folder away."""
    if os.environ.get(_OWN) == str(os.getpid()):
        shutil.rmtree(os.environ["QUINTET_DATA"], ignore_errors=True)
