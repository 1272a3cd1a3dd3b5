"""What every command needs before it can work: Django, the data folder, the tables."""

import argparse
import fcntl
import os
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path

from quintet.cli.failures import CommandFailed


def add_data(parser: argparse.ArgumentParser) -> None:
    """--data DIR; without it QUINTET_DATA, and without that ./data."""
    parser.add_argument(
        "--data", metavar="DIR", help="the folder that holds all state (default: $QUINTET_DATA or ./data)"
    )


def add_verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    help: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """A verb of a command (`quintet user add`), with --data."""
    parser = verbs.add_parser(name, help=help)
    add_data(parser)
    parser.set_defaults(run=run)
    return parser


def data_folder() -> Path:
    """The data folder, which must exist. Raises CommandFailed."""
    folder = Path(os.environ.get("QUINTET_DATA") or "data").absolute()
    if not folder.is_dir():
        raise CommandFailed(f"{folder} does not exist; `quintet init --data {folder}` makes it")
    return folder


def make_data_folder() -> Path:
    """The data folder, made if it is not there, closed to others. Raises CommandFailed."""
    folder = Path(os.environ.get("QUINTET_DATA") or "data").absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "files").mkdir(mode=0o700, exist_ok=True)
    except OSError as refused:
        raise CommandFailed(f"{folder} cannot be made: {refused.strerror}") from refused
    return folder


def start_django() -> None:
    """Load the settings and the apps. Raises BadSetting."""
    import django

    django.setup()


def bring_tables_up_to_date() -> None:
    """Make and change the database's tables; does nothing when nothing changed."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def hold(folder: Path, *, alone: bool) -> TextIOWrapper:
    """Say that this process uses the folder, until the returned file is closed.

    alone   nobody else may: for what replaces everything
    Raises CommandFailed when somebody else holds it in a way that excludes this.
    """
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError as held:
        lock.close()
        raise CommandFailed(f"{folder} is in use by a running server; stop it first") from held
    return lock
