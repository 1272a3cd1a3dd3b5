"""python -m quintet.core.deferred: one worker. It needs DJANGO_SETTINGS_MODULE in its environment."""

import argparse

import django


def main() -> int:
    """Read the command line that `worker.command` writes, and work."""
    parser = argparse.ArgumentParser(prog="quintet.core.deferred")
    parser.add_argument("--queues", default="", help="only these, separated by commas")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--parent", type=int, default=0, help="stop when this process dies")
    said = parser.parse_args()
    django.setup()
    # Its models can only be imported now.
    from quintet.core.deferred.engine import work

    queues = [queue for queue in said.queues.split(",") if queue]
    return work(queues or None, processes=said.processes, parent_pid=said.parent)


if __name__ == "__main__":
    raise SystemExit(main())
