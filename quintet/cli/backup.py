"""quintet backup FILE and quintet restore FILE: everything in one archive, taken while the server runs."""

import argparse
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import IO, Any

from quintet import __version__
from quintet.cli import prepare
from quintet.cli.failures import CommandFailed

_MANIFEST, _FORMAT = "quintet-backup.json", 1


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe both commands."""
    backup = commands.add_parser("backup", help="write everything to one file, while the server runs")
    backup.add_argument("file", type=Path)
    prepare.add_data(backup)
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="put back what backup wrote; the server must be stopped")
    restore.add_argument("file", type=Path)
    restore.add_argument("--replace", action="store_true", help="although the data folder holds something")
    prepare.add_data(restore)
    restore.set_defaults(run=run_restore)


def run_backup(said: argparse.Namespace) -> int:
    """Files, database, files again, keys.

    Files are never changed once written, and are written before the row that names them: those of the first pass and
    those that came until the second hold whatever the database's snapshot in between speaks of.
    """
    folder = prepare.data_folder()
    prepare.start_django()
    partial = said.file.with_name(said.file.name + ".partial")
    try:
        with partial.open("wb") as out, tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
            seen = _add_files(archive, folder, set())
            kind = _add_database(archive, folder)
            _add_files(archive, folder, seen)
            _add_tree(archive, folder / "keys", "keys", set())
            manifest = {"format": _FORMAT, "version": __version__, "database": kind}
            _add_bytes(archive, _MANIFEST, json.dumps(manifest).encode())
        partial.replace(said.file)
    except OSError as failed:
        raise CommandFailed(f"{said.file} cannot be written: {failed.strerror}") from failed
    finally:
        partial.unlink(missing_ok=True)
    print(f"{said.file} holds everything.")
    return 0


def _add_files(archive: tarfile.TarFile, folder: Path, seen: set[str]) -> set[str]:
    return _add_tree(archive, folder / "files", "files", seen)


def _add_tree(archive: tarfile.TarFile, top: Path, name: str, seen: set[str]) -> set[str]:
    for path in sorted(top.rglob("*")):
        inside = f"{name}/{path.relative_to(top).as_posix()}"
        if inside in seen:
            continue
        try:
            with path.open("rb") as file:
                archive.addfile(archive.gettarinfo(arcname=inside, fileobj=file), file)
        except (FileNotFoundError, IsADirectoryError):
            continue  # deleted since it was listed, or a folder
        seen.add(inside)
    return seen


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _add_database(archive: tarfile.TarFile, folder: Path) -> str:
    settings = _database()
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        copy = Path(scratch) / "database"
        if settings["ENGINE"].endswith("sqlite3"):
            _copy_sqlite(Path(settings["NAME"]), copy)
            archive.add(copy, "quintet.sqlite3")
            return "sqlite"
        _run_postgres_tool(["pg_dump", "--format=custom", f"--file={copy}"], settings)
        archive.add(copy, "quintet.pgdump")
        return "postgresql"


def _copy_sqlite(source: Path, target: Path) -> None:
    # SQLite's own backup: a consistent snapshot, whatever is being written meanwhile.
    with sqlite3.connect(source) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()


def _database() -> dict[str, Any]:
    from django.conf import settings

    return dict(settings.DATABASES["default"])


def _run_postgres_tool(command: list[str], settings: dict[str, Any]) -> None:
    if shutil.which(command[0]) is None:
        raise CommandFailed(f"{command[0]} is needed for a PostgreSQL database (Debian: postgresql-client)")
    # The password travels in the environment; an argument could be read by others.
    environment = {**os.environ, "PGHOST": settings["HOST"], "PGPORT": settings["PORT"], "PGUSER": settings["USER"],
                   "PGPASSWORD": settings["PASSWORD"], "PGDATABASE": settings["NAME"]}  # fmt: skip
    done = subprocess.run(command, env={k: v for k, v in environment.items() if v}, capture_output=True, text=True)
    if done.returncode:
        raise CommandFailed(f"{command[0]} failed: {done.stderr.strip().splitlines()[-1:]}")


def run_restore(said: argparse.Namespace) -> int:
    """Unpack beside the data folder, then put all in place; nothing has changed if it fails before that."""
    folder = prepare.make_data_folder()
    with prepare.hold(folder, alone=True), tempfile.TemporaryDirectory(dir=folder) as scratch:
        held = [path for path in folder.iterdir() if path.name not in ("lock", "files", Path(scratch).name)]
        if (held or any((folder / "files").iterdir())) and not said.replace:
            raise CommandFailed(f"{folder} holds something already; --replace gives it up")
        manifest = _unpack(said.file, Path(scratch))
        if manifest["database"] == "postgresql":
            prepare.start_django()
            _run_postgres_tool(
                ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname",
                 _database()["NAME"], str(Path(scratch) / "quintet.pgdump")], _database(),
            )  # fmt: skip
        _put_in_place(Path(scratch), folder)
    print(f"{folder} is as it was when {said.file} was written.")
    return 0


def _put_in_place(scratch: Path, folder: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        (folder / f"quintet.sqlite3{ending}").unlink(missing_ok=True)
    for name in ("files", "keys"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (scratch / name).mkdir(mode=0o700, exist_ok=True)
        (scratch / name).rename(folder / name)
    if (scratch / "quintet.sqlite3").exists():
        (scratch / "quintet.sqlite3").rename(folder / "quintet.sqlite3")


def _unpack(file: Path, scratch: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened, tarfile.open(fileobj=opened, mode="r:gz") as archive:
            for entry in archive:
                _unpack_one(archive.extractfile(entry), entry, scratch)
        manifest: dict[str, Any] = json.loads((scratch / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, EOFError, tarfile.TarError, ValueError) as broken:
        raise CommandFailed(f"{file} is no backup, or not a whole one") from broken
    if manifest.get("format") != _FORMAT:
        raise CommandFailed(f"{file} was written by another version ({manifest.get('version')})")
    return manifest


def _unpack_one(content: IO[bytes] | None, entry: tarfile.TarInfo, scratch: Path) -> None:
    inside = PurePosixPath(entry.name)
    if content is None or inside.is_absolute() or ".." in inside.parts:
        raise tarfile.TarError(f"{entry.name!r} does not belong in a backup")
    target = scratch / inside
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(content, out)
