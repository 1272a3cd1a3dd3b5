"""quintet worker: does deferred actions, beside `quintet serve` or on another machine."""

import argparse

from quintet.cli import prepare
from quintet.cli.failures import CommandFailed
from quintet.cli.watch import Companion


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("worker", help="do deferred actions, here or on another machine")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="actions done at once (default: 1)")
    parser.add_argument("--queues", default="", help="only these queues, separated by commas; cameras: read cameras")
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    prepare.add_data(parser)
    parser.set_defaults(run=run)


def run(said: argparse.Namespace) -> int:
    """Work until told to stop: by the embedded loop, or by Celery's bell with QUINTET_JOBS=celery."""
    if said.processes < 1:
        raise CommandFailed("--processes must be 1 or more")
    prepare.data_folder()
    prepare.start_django()
    from quintet.core.deferred.engine import work
    from quintet.server.memory import stay_small

    stay_small()

    queues = [queue.strip() for queue in said.queues.split(",") if queue.strip()] or None
    # Who serves chosen queues alone reads cameras when "cameras" is among them.
    companion = Companion() if queues is None or "cameras" in queues else None
    try:
        return work(queues, processes=said.processes, parent_pid=said.parent)
    finally:
        if companion is not None:
            companion.end()
