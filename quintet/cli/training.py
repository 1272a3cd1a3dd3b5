"""quintet training export: corrected boxes go back to where the mask model is made."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from quintet.cli import prepare
from quintet.cli.failures import CommandFailed

_PARTS = ("train", "choose", "report")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("training", help="what was annotated as a set that the mask model learns from")
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    export = prepare.add_verb(verbs, "export", "write frames of tasks with their boxes into a folder", _export)
    export.add_argument("--tasks", type=_numbers, required=True, metavar="1,2", help="numbers of annotation's tasks")
    export.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    export.add_argument(
        "--part", choices=_PARTS, default="train", help="learned from, or only measured on (default: train)"
    )
    export.add_argument(
        "--mapping", type=_mapping, default={}, metavar="LABEL=CLASS,…",
        help="which labels are which class (default: those that are called like one)",
    )  # fmt: skip
    export.add_argument("--with-empty", action="store_true", help="frames without a face, too")
    export.add_argument("--list", action="store_true", help="print the name of each picture and where it is from")


def _numbers(said: str) -> Sequence[int]:
    try:
        return [int(word) for word in said.split(",")]
    except ValueError as wrong:
        raise argparse.ArgumentTypeError("numbers separated by commas") from wrong


def _mapping(said: str) -> dict[str, str]:
    pairs = [pair.rpartition("=") for pair in said.split(",")]
    if not all(sign and label for label, sign, _ in pairs):
        raise argparse.ArgumentTypeError("LABEL=CLASS, separated by commas")
    return {label.strip(): name.strip() for label, _, name in pairs}


def _export(said: argparse.Namespace) -> int:
    prepare.data_folder()
    prepare.start_django()
    from quintet.bridges.shapes_to_training import export
    from quintet.core.errors import DomainError

    try:
        done = export(
            said.tasks, said.into, part=said.part, mapping=said.mapping, with_empty=said.with_empty,
            tell=print if said.list else str,
        )  # fmt: skip
    except DomainError as refused:
        raise CommandFailed(str(refused)) from refused
    except OSError as refused:
        raise CommandFailed(f"{refused.filename}: {refused.strerror}") from refused
    faces = ", ".join(f"{count} {name}" for name, count in sorted(done.faces.items())) or "no faces"
    print(f"{done.pictures} pictures, {faces}: {said.into}", file=sys.stderr if said.list else sys.stdout)
    return 0
