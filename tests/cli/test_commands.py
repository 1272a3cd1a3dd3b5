"""init, user, backup, restore, doctor, config, detect."""

import json
import sqlite3
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.running import quintet, serving


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with its first administrator, whose password is the last word that init printed."""
    folder = tmp_path_factory.mktemp("commands") / "data"
    done = quintet("init", "--email", "root@example.com", data=folder)
    assert done.returncode == 0, done.stderr
    (folder.parent / "password").write_text(_password(done.stdout), encoding="utf-8")
    return folder


def _password(printed: str) -> str:
    return next(line.split()[-1] for line in printed.splitlines() if line.startswith("Password:"))


def test_init_prints_the_password_once_and_it_enters_a_network_server(data: Path) -> None:
    password = (data.parent / "password").read_text(encoding="utf-8")
    assert "administrator already" in quintet("init", data=data).stdout
    with serving(data, "--no-worker", QUINTET_EXPOSURE="network") as server:
        assert server.ask("/api/login/", {"username": "admin", "password": password})[1]["is_admin"] is True
        assert server.ask("/v1/token", {"email": "root@example.com", "password": password})[0] == 200
        assert server.ask("/api/login/", {"username": "admin", "password": "admin8888"})[0] == 401


def test_a_backup_taken_while_the_server_runs_brings_everything_back(data: Path, tmp_path: Path) -> None:
    archive, copy = tmp_path / "all.tgz", tmp_path / "copy"
    with serving(data, "--no-worker") as server:
        assert server.ask("/v1/user", {"email": "keeper@example.com", "password": "long-enough-1"})[0] == 200
        done = quintet("backup", str(archive), data=data)
        assert done.returncode == 0, done.stderr
        refused = quintet("restore", str(archive), "--replace", data=data)
        assert (refused.returncode, "in use" in refused.stderr) == (1, True)
    assert archive.stat().st_mode & 0o077 == 0
    done = quintet("restore", str(archive), data=copy)
    assert done.returncode == 0, done.stderr
    assert "keeper@example.com" in quintet("user", "list", data=copy).stdout
    # Keys came along: what was signed before the backup still counts.
    assert (copy / "keys" / "secret").read_bytes() == (data / "keys" / "secret").read_bytes()
    occupied = quintet("restore", str(archive), data=copy)
    assert (occupied.returncode, "--replace" in occupied.stderr) == (1, True)


def test_half_a_backup_is_refused_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    archive, half = tmp_path / "all.tgz", tmp_path / "half.tgz"
    assert quintet("backup", str(archive), data=data).returncode == 0
    half.write_bytes(archive.read_bytes()[:-2000])
    before = sorted(path.name for path in data.iterdir() if path.name != "lock")
    done = quintet("restore", str(half), "--replace", data=data)
    assert (done.returncode, "no backup" in done.stderr) == (1, True)
    assert sorted(path.name for path in data.iterdir() if path.name != "lock") == before
    with sqlite3.connect(data / "quintet.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM accounts_user").fetchone()[0] >= 1
    database.close()


def test_accounts_are_made_changed_and_disabled(data: Path) -> None:
    made = quintet("user", "add", "nurse", "--service", "dicom", data=data)
    assert made.returncode == 0, made.stderr
    assert quintet("user", "password", "nurse", data=data, typed="quite another 9\n").returncode == 0
    assert quintet("user", "grant", "nurse", "masks", "1", data=data).returncode == 0
    with serving(data, "--no-worker", QUINTET_EXPOSURE="network") as server:
        answer = server.ask("/login_register/login/", {"username": "nurse", "password": "quite another 9"})[1]
        assert (answer["state"], answer["msg"]["authority"]) == ("ok", True)
        assert quintet("user", "disable", "nurse", data=data).returncode == 0
        answer = server.ask("/login_register/login/", {"username": "nurse", "password": "quite another 9"})[1]
        assert answer == {"state": "error", "msg": "login_error"}
    assert "no account" in quintet("user", "disable", "nobody", data=data).stderr


def test_doctor_names_a_password_that_everybody_knows(data: Path) -> None:
    quintet("user", "password", "admin", data=data, typed="admin8888\n", QUINTET_PASSWORD_POLICY="contract")
    done = quintet("doctor", data=data, QUINTET_EXPOSURE="network")
    assert done.returncode == 1
    assert "everybody knows the password of admin" in done.stdout
    assert "ok      database" in done.stdout


def test_config_shows_what_is_set_and_hides_secrets(data: Path) -> None:
    done = quintet("config", data=data, QUINTET_BROKER="redis://:hush@example/0", QUINTET_TRUSTED_PROXIES="2")
    assert "QUINTET_TRUSTED_PROXIES = 2 [set]" in done.stdout
    assert "hush" not in done.stdout


def test_detect_prints_one_line_of_json_a_file(tmp_path: Path) -> None:
    picture, broken, out = tmp_path / "图.png", tmp_path / "broken.jpg", tmp_path / "out"
    Image.new("RGB", (80, 60), (200, 200, 200)).save(picture)
    broken.write_bytes(b"no picture")
    done = quintet("detect", str(picture), str(broken), "--json", "--out", str(out))
    assert done.returncode == 1
    assert "broken.jpg" in done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines == [{"file": str(picture), "width": 80, "height": 60, "faces": lines[0]["faces"]}]
    with Image.open(out / "图.png") as drawn:
        assert drawn.size == (80, 60)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = quintet("detect", str(tmp_path / "x.png"), "--model", "nonesuch")
    assert (done.returncode, "nonesuch" in done.stderr) == (1, True)
