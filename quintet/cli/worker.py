"""quintet worker: does deferred actions, beside `quintet serve` or on another machine."""

import argparse

from quintet.cli import prepare


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("worker", help="do deferred actions, here or on another machine")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="actions done at once (default: 1)")
    parser.add_argument("--queues", default="", help="only these queues, separated by commas")
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    prepare.add_data(parser)
    parser.set_defaults(run=run)


def run(said: argparse.Namespace) -> int:
    """Work until told to stop."""
    prepare.data_folder()
    prepare.start_django()
    return 0
