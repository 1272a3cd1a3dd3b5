"""Calls to addresses that people give us: nobody is waited for longer than was said."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from quintet.core.outbound import open_url


class Dribbler:
    """Answers for ever, a byte at a time, each soon after the one before."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}/"
        self.is_over = threading.Event()
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self) -> None:
        with self.listening.accept()[0] as caller:
            caller.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.is_over.wait(0.05):
                try:
                    caller.sendall(b"a")
                except OSError:
                    return

    def close(self) -> None:
        self.is_over.set()
        self.listening.close()


@pytest.fixture
def dribbler() -> Iterator[Dribbler]:
    found = Dribbler()
    yield found
    found.close()


def test_who_answers_a_byte_at_a_time_is_waited_for_no_longer_than_who_is_silent(dribbler: Dribbler) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        open_url(dribbler.address, private=True, timeout_seconds=0.3)
    assert time.monotonic() - began < 2
