"""The command line: one module a command, each with `add_to(commands)`."""

import argparse
import os
import sys
from collections.abc import Sequence

from quintet import __version__
from quintet.cli import backup, detect, doctor, init, model, serve, user, watch, worker
from quintet.cli.failures import CommandFailed
from quintet.core.conf import BadSetting


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status (2: misused, 1: failed, and stderr says why)."""
    parser = argparse.ArgumentParser(prog="quintet", description="One server that does the work of five.")
    parser.add_argument("--version", action="version", version=f"quintet {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (serve, worker, watch, init, user, doctor, backup, model, detect):
        module.add_to(commands)
    said = parser.parse_args(arguments)
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
