"""quintet watch: reads cameras. `quintet worker` starts it beside itself when some camera has a source."""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading

from quintet.cli import prepare

log = logging.getLogger("quintet.masks.watcher")

_LOOK_SECONDS, _PATIENCE_SECONDS = 2.0, 5.0
# One that dies at once is not started again at once.
_AGAIN_SECONDS = 5.0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("watch", help="read cameras; the worker starts this when it is needed")
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    prepare.add_data(parser)
    parser.set_defaults(run=run)


def run(said: argparse.Namespace) -> int:
    """Read cameras until told to stop; started by a worker, also until there has been none for a while."""
    prepare.data_folder()
    prepare.start_django()
    from quintet.services.masks.interface import watch_cameras

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Set by another thread: this one may hold the event's lock just now.
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    watch_cameras(stop, parent_pid=said.parent)
    # A source that is silent holds its thread for seconds; nothing is left to be done there.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class Companion:
    """Keeps one watcher beside this process whenever some camera has a source."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="companion", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop it and wait until it has given its cameras back."""
        self._stop.set()
        self._thread.join(timeout=_PATIENCE_SECONDS)
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            try:
                self._running.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()

    def _keep(self) -> None:
        from django.db import connection

        wait = _LOOK_SECONDS
        while not self._stop.wait(wait):
            wait = _LOOK_SECONDS
            if self._running is not None and (status := self._running.poll()) is not None:
                self._running = None
                if status:
                    log.error("the watcher of cameras ended (%s)", status)
                    wait = _AGAIN_SECONDS
                    continue
            if self._running is None and _is_needed():
                command = [sys.executable, "-m", "quintet", "watch", "--parent", str(os.getpid())]
                self._running = subprocess.Popen(command, start_new_session=True)
        connection.close()


def _is_needed() -> bool:
    from django.db import Error, connection

    from quintet.services.masks.interface import any_camera_has_a_source

    try:
        return any_camera_has_a_source()
    except Error:
        # The worker itself says so in the log.
        connection.close()
        return False
