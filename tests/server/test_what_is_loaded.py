"""What a process holds in memory before anybody has asked it for anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LARGE = ("onnxruntime", "av", "psycopg", "pypdfium2", "celery", "boto3")


def loaded_by(statements: str, folder: Path) -> list[str]:
    """Of the large modules, those that a fresh Python has loaded after these statements."""
    asks = f"{statements}\nimport sys\nprint([name for name in {LARGE} + ('django.db',) if sys.modules.get(name)])"
    environment = os.environ | {
        "QUINTET_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "quintet.server.settings",
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", asks], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    return list(eval(ended.stdout))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("import quintet.server.wsgi", ["django.db"]),
        ("from quintet.cli import prepare; prepare.start_django(); import quintet.core.deferred.engine", ["django.db"]),
        ("import quintet.cli.serve", []),
    ],
    ids=["web", "worker", "keeper"],
)
def test_a_process_begins_without_what_only_some_requests_need(
    statements: str, expected: list[str], tmp_path: Path
) -> None:
    assert loaded_by(statements, tmp_path) == expected
