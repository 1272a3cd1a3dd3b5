"""Which models were chosen with `quintet model use`: a small file that every process of the server reads."""

import json
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

Use = Literal["pictures", "video"]

FILE = "in-use.json"
AT_FIRST: dict[Use, str] = {"pictures": "accurate", "video": "fast"}


def chosen_models(folder: Path) -> dict[str, str]:
    """What is used for what, as far as somebody has chosen; read again when the file has changed.

    folder   of added models, which need not exist
    """
    file = folder / FILE
    try:
        told = file.stat()
    except OSError:
        return {}
    return _read(file, told.st_mtime_ns, told.st_ino)


# A choice is a new file, so its number differs even when the clock's tick is the same.
@lru_cache(maxsize=4)
def _read(file: Path, changed: int, number: int) -> dict[str, str]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {use: name for use, name in told.items() if isinstance(name, str)} if isinstance(told, dict) else {}


def choose_model(folder: Path, use: Use, name: str) -> None:
    """From now on this model is used for that."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = json.dumps({**chosen_models(folder), use: name}, indent=2)
    # Whoever reads finds the old file or the new one, never half of one.
    with NamedTemporaryFile("w", dir=folder, prefix=".", delete=False, encoding="utf-8") as file:
        file.write(told + "\n")
    Path(file.name).replace(folder / FILE)
