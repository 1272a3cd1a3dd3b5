"""quintet doctor and quintet config: what is wrong, and what is set."""

import argparse
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from quintet.cli import prepare

_LITTLE_SPACE_BYTES = 1 << 30


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe both commands."""
    doctor = commands.add_parser("doctor", help="say what is wrong, and what to do")
    prepare.add_data(doctor)
    doctor.set_defaults(run=run_doctor)
    config = commands.add_parser("config", help="every setting, its value and what it does")
    config.add_argument("--endpoints", action="store_true", help="the reference page of endpoints instead")
    config.add_argument("--markdown", action="store_true", help="as the reference page has it, without values")
    prepare.add_data(config)
    config.set_defaults(run=run_config)


def run_doctor(said: argparse.Namespace) -> int:
    """One line a check; the exit status is 1 when one fails."""
    folder = prepare.data_folder()
    prepare.start_django()
    faults = dict(_faults(folder))
    for name in ("space", "keys", "database", "files", "worker", "model", "providers", "passwords"):
        print(f"{'not ok' if name in faults else 'ok    '}  {name}{': ' + faults[name] if name in faults else ''}")
    return 1 if faults else 0


def _faults(folder: Path) -> Iterator[tuple[str, str]]:
    from quintet.server.health import what_is_missing

    if shutil.disk_usage(folder).free < _LITTLE_SPACE_BYTES:
        yield "space", "less than 1 GiB is free"
    secret = folder / "keys" / "secret"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        yield "keys", f"others can read {secret}: chmod 600"
    missing = what_is_missing()
    yield from missing.items()
    if fault := _model_fault():
        yield "model", fault
    if fault := _providers_fault():
        yield "providers", fault
    if "database" not in missing and (fault := _password_fault()):
        yield "passwords", fault


def _model_fault() -> str:
    from quintet.services.masks.interface import why_the_model_cannot_be_used

    return why_the_model_cannot_be_used()


def _providers_fault() -> str:
    from quintet.services.masks.interface import why_models_run_elsewhere

    return why_models_run_elsewhere()


def _password_fault() -> str:
    from django.contrib.auth.hashers import check_password

    from quintet.accounts.models import User
    from quintet.core import conf
    from quintet.server.demo import PASSWORD

    if conf.is_open():
        return ""
    superusers = User.objects.filter(is_superuser=True, is_active=True)
    known = [user.username for user in superusers if check_password(PASSWORD, user.password)]
    return f"everybody knows the password of {', '.join(known)}" if known else ""


def run_config(said: argparse.Namespace) -> int:
    """The table of settings."""
    prepare.start_django()
    from quintet.server.reference import endpoints_page, settings_page

    if said.markdown or said.endpoints:
        print(endpoints_page() if said.endpoints else settings_page(), end="")
        return 0
    from quintet.core import conf

    for setting in conf.table():
        shown = "(hidden)" if setting.secret and setting.value else setting.value
        given = "set" if setting.variable in os.environ else "default"
        print(f"{setting.variable} = {shown!r} [{given}]\n    {setting.help}")
    return 0
