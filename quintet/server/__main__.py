"""python -m quintet.server: the HTTP server, which `quintet serve` starts with granian's own options."""

import logging
import signal

from granian.cli import entrypoint

from quintet.server.parent import end_with_parent


def _is_news(record: logging.LogRecord) -> bool:
    # More threads than cores are meant: most of them wait for the next frame of a camera.
    return "which seems quite high" not in record.getMessage()


if __name__ == "__main__":
    logging.getLogger("_granian").addFilter(_is_news)
    end_with_parent(signal.SIGTERM)
    entrypoint()  # type: ignore[no-untyped-call]
