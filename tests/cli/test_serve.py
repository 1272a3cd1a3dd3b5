"""quintet serve: from an empty folder to answers, and through its end, clean or not."""

import os
import signal
import stat
import threading
import time
from pathlib import Path

import pytest

from tests.cli.running import Server, is_running, quintet, serving

REGISTER = "/login_register/register/"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for the module: making its tables is what takes time."""
    return tmp_path_factory.mktemp("served") / "data"


def test_an_empty_folder_becomes_a_demonstration_and_stops_cleanly(data: Path) -> None:
    server = Server(data, "--demo")
    assert "admin / admin8888" in server.log.read_text(encoding="utf-8")
    server.wait_until(lambda: server.ask("/readyz")[1] == {"ready": True, "missing": {}})
    status, answer = server.ask("/login_register/login/", {"username": "admin", "password": "admin8888"})
    assert (status, answer["state"], answer["msg"]["authority"]) == (200, "ok", True)
    assert server.ask("/api/login/", {"username": "admin", "password": "admin8888"})[1]["is_admin"] is True
    children = server.children()
    assert len(children) >= 2
    assert server.stop() == 0
    assert not [pid for pid in children if is_running(pid)]
    secret = data / "keys" / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "quintet.sqlite3").stat().st_mode) == 0o600


def test_what_was_answered_with_success_survives_the_death_of_every_process(data: Path) -> None:
    answered: list[str] = []
    server = Server(data)

    def register(worker: int) -> None:
        for number in range(200):
            name = f"w{worker}n{number}"
            try:
                _, answer = server.ask(REGISTER, {"username": name, "password": "long enough 1"})
            except OSError:
                return
            if answer == {"state": "ok", "msg": ""}:
                answered.append(name)

    threads = [threading.Thread(target=register, args=(worker,)) for worker in range(3)]
    for thread in threads:
        thread.start()
    server.wait_until(lambda: len(answered) >= 10)
    server.kill()
    for thread in threads:
        thread.join()
    with serving(data, "--no-worker") as again:
        for name in answered:
            assert again.ask(REGISTER, {"username": name, "password": "long enough 1"})[1]["msg"] == "msg_error", name
        assert (
            again.ask("/login_register/login/", {"username": answered[-1], "password": "long enough 1"})[1]["state"]
            == "ok"
        )


def test_a_killed_parent_leaves_nobody_behind_and_a_killed_child_comes_back(data: Path) -> None:
    server = Server(data)
    first = server.children()
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    server.wait_until(lambda: _answers(server))
    children = server.children()
    assert not set(first) & set(children)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    ends_at = time.monotonic() + 20
    while any(map(is_running, children)) and time.monotonic() < ends_at:
        time.sleep(0.05)
    assert not [pid for pid in children if is_running(pid)]


def _answers(server: Server) -> bool:
    try:
        return server.ask("/healthz")[0] == 200
    except OSError:
        return False


def test_the_demonstration_is_refused_on_a_network() -> None:
    done = quintet("serve", "--demo", "--host", "0.0.0.0", "--port", "1")
    assert done.returncode == 1
    assert "everybody knows" in done.stderr


def test_a_port_that_is_taken_is_named(data: Path) -> None:
    with serving(data, "--no-worker") as server:
        done = quintet("serve", "--port", str(server.port), data=data)
        assert done.returncode == 1
        assert f"127.0.0.1:{server.port}" in done.stderr


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    done = quintet("config", data=tmp_path / "data", QUINTET_TRUSTED_PROXIES="one")
    assert (done.returncode, "QUINTET_TRUSTED_PROXIES" in done.stderr) == (1, True)
