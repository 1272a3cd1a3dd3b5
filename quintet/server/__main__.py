"""python -m quintet.server: the HTTP server, which `quintet serve` starts with granian's own options."""

import signal

from granian.cli import entrypoint

from quintet.server.parent import end_with_parent

if __name__ == "__main__":
    end_with_parent(signal.SIGTERM)
    entrypoint()  # type: ignore[no-untyped-call]
