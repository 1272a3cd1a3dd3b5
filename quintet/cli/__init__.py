"""The command line: one module a command, each with `add_to(commands)`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from quintet import __version__
from quintet.cli.failures import CommandFailed
from quintet.core.conf import BadSetting

# In the order of the help; the modules that describe them, where they are called otherwise.
_MODULES = ("serve", "worker", "watch", "init", "user", "doctor", "backup", "model", "detect", "training")
_ELSEWHERE = {"restore": "backup"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status (2: misused, 1: failed, and stderr says why)."""
    parser = argparse.ArgumentParser(prog="quintet", description="One server that does the work of five.")
    parser.add_argument("--version", action="version", version=f"quintet {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    given = list(sys.argv[1:] if arguments is None else arguments)
    for name in _needed(given):
        import_module(f"quintet.cli.{name}").add_to(commands)
    said = parser.parse_args(given)
    if getattr(said, "data", None):
        os.environ["QUINTET_DATA"] = said.data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.server.settings")
    # Everything below the data folder belongs to its owner alone.
    os.umask(0o077)
    try:
        return int(said.run(said) or 0)
    except (CommandFailed, BadSetting) as failed:
        print(f"quintet: {failed}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130


def _needed(given: Sequence[str]) -> Sequence[str]:
    """The module of the command that is called; all where it is none of ours, for the help and the complaint.

    Each brings megabytes, and the process that keeps a server running does nothing else for months.
    """
    called = _ELSEWHERE.get(given[0], given[0]) if given else ""
    return [called] if called in _MODULES else _MODULES
