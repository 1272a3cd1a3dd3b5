"""What was made of originals is kept while there is room, made once, and never seen half written."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quintet.services.annotation.media.cache import ChunkCache


def some_bytes(count: int) -> Callable[[Path], None]:
    """What makes a file of that length."""

    def make(path: Path) -> None:
        path.write_bytes(b"x" * count)

    return make


def test_the_longest_unused_go_first_when_there_is_no_room(tmp_path: Path) -> None:
    cache = ChunkCache(tmp_path / "cache", 10_000)
    for number in range(5):
        cache.opened_or_made(f"{number}", some_bytes(300)).close()
        os.utime(tmp_path / "cache" / f"{number}", (number, number))
    used = cache.opened("0")
    assert used is not None
    used.close()
    ChunkCache(tmp_path / "cache", 1000).make_room()
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["0", "3", "4"]


def test_a_cache_that_is_full_makes_room_by_itself(tmp_path: Path) -> None:
    cache = ChunkCache(tmp_path, 2000)
    for number in range(200):
        cache.opened_or_made(f"{number}", some_bytes(100)).close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 200 * 100


def test_several_who_ask_at_once_have_it_made_once(tmp_path: Path) -> None:
    cache, made, ready = ChunkCache(tmp_path, 1000), [], threading.Barrier(4)

    def make(path: Path) -> None:
        made.append(path)
        time.sleep(0.05)
        path.write_bytes(b"content")

    def ask(_: int) -> bytes:
        ready.wait(timeout=10)
        with cache.opened_or_made("name", make) as opened:
            return opened.read()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(ask, range(4))) == {b"content"}
    assert len(made) == 1


def test_what_could_not_be_made_leaves_nothing_behind_and_is_tried_again(tmp_path: Path) -> None:
    cache = ChunkCache(tmp_path, 1000)

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        cache.opened_or_made("name", fail)
    assert list(tmp_path.iterdir()) == []
    with cache.opened_or_made("name", some_bytes(5)) as opened:
        assert opened.read() == b"xxxxx"
