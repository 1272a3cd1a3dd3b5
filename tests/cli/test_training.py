"""quintet training export."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quintet.cli import main
from quintet.services.annotation.tests.drawings import box, marks
from quintet.services.annotation.tests.makers import send, told, with_key
from quintet.services.annotation.tests.media import picture, upload
from quintet.services.annotation.tests.test_tasks import member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_process(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    """What a command changes of its process is put back."""
    mask = os.umask(0o077)
    monkeypatch.setenv("QUINTET_DATA", str(tmp_path))
    settings.DATA = tmp_path
    yield
    os.umask(mask)


def test_it_writes_the_set_and_says_what_it_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client, folder = with_key(member()), tmp_path / "set"
    said = {"name": "street", "labels": [{"name": "with_mask"}, {"name": "face"}]}
    task = told(send(client, "POST", "tasks", said))
    number, (masked, face) = task["id"], [label["id"] for label in task["labels"]]
    assert upload(client, number, {"a.jpg": picture()}).status_code == 202
    shapes = [box(label, 0, (1, 1, 9, 9)) for label in (masked, face)]
    assert send(client, "PUT", f"tasks/{number}/annotations", marks(shapes=shapes)).status_code == 200

    words = ["training", "export", "--tasks", str(number), "--into", str(folder)]
    assert main([*words, "--list", "--part", "choose", "--mapping", "with_mask=with_mask,face=without_mask"]) == 0
    heard = capsys.readouterr()
    assert heard.out == f"task{number}_000000.jpg\ttask {number}\tframe 0\t2 faces\n"
    assert heard.err == f"1 pictures, 1 with_mask, 1 without_mask: {folder}\n"
    assert main(words) == 1
    assert "holds a set already" in capsys.readouterr().err
    assert main(["training", "export", "--tasks", "999", "--into", str(folder / "x")]) == 1
    assert capsys.readouterr().err == "quintet: there is no task 999\n"


@pytest.mark.parametrize("wrong", [["--tasks", "one"], ["--tasks", "1", "--mapping", "face"], []])
def test_what_is_said_wrongly_is_misuse(wrong: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["training", "export", "--into", str(tmp_path / "set"), *wrong])
    assert ended.value.code == 2
