"""quintet user: accounts from the command line. Passwords never stand in an argument, where others could read them."""

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from quintet.accounts.doors import Door
from quintet.cli import prepare
from quintet.cli.failures import CommandFailed

if TYPE_CHECKING:  # models cannot be loaded before Django is
    from quintet.accounts.models import User

Run = Callable[[argparse.Namespace], None]


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command and its five verbs."""
    parser = commands.add_parser("user", help="list, add, disable accounts; set passwords and levels")
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    _verb(verbs, "list", "every account with its grants", _list)
    add = _verb(verbs, "add", "make an account; its random password is printed once", _add)
    add.add_argument("username")
    add.add_argument("--email", default="")
    add.add_argument("--service", default="masks", help="the door it enters through (default: masks)")
    add.add_argument("--level", type=int, help="what it is there (default: a newcomer)")
    password = _verb(verbs, "password", "set a password: asked for, or read from standard input", _password)
    password.add_argument("username")
    disable = _verb(verbs, "disable", "the account enters nowhere any more", _disable)
    disable.add_argument("username")
    grant = _verb(verbs, "grant", "what an account is in one service", _grant)
    grant.add_argument("username")
    grant.add_argument("service")
    grant.add_argument("level", type=int)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, help: str, run: Run
) -> argparse.ArgumentParser:
    return prepare.add_verb(verbs, name, help, lambda said: _with_django(run, said))


def _with_django(run: Run, said: argparse.Namespace) -> int:
    prepare.data_folder()
    prepare.start_django()
    from quintet.core.errors import DomainError

    try:
        run(said)
    except DomainError as refused:
        raise CommandFailed(str(refused) or type(refused).__name__) from refused
    return 0


def _list(said: argparse.Namespace) -> None:
    from quintet.accounts.models import User

    for user in User.objects.prefetch_related("grants").order_by("id"):
        grants = ", ".join(f"{grant.service}={grant.level}" for grant in user.grants.all())
        marks = [word for word, is_so in (("superuser", user.is_superuser), ("disabled", not user.is_active)) if is_so]
        print("\t".join([str(user.pk), user.username, user.email, grants, " ".join(marks)]))


def _add(said: argparse.Namespace) -> None:
    from quintet.accounts.actions import random_password, register

    password = random_password()
    register(_door(said.service), username=said.username, password=password, email=said.email, level=said.level)
    print(f"Account:  {said.username}\nPassword: {password}\nIt is not shown again.")


def _password(said: argparse.Namespace) -> None:
    from quintet.accounts.actions import change_password

    user = _user(said.username)
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    change_password(user, password, actor=None)


def _disable(said: argparse.Namespace) -> None:
    from quintet.accounts.actions import disable

    disable(_user(said.username), actor=None)


def _grant(said: argparse.Namespace) -> None:
    from quintet.accounts.actions import set_level

    set_level(_door(said.service), _user(said.username), said.level, actor=None)


def _user(username: str) -> "User":
    from quintet.accounts.models import User

    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandFailed(f"there is no account {username!r}")
    return user


def _door(service: str) -> Door:
    from quintet.server.demo import administrator_levels

    doors = {door.service: door for door in administrator_levels()}
    if service not in doors:
        raise CommandFailed(f"there is no service {service!r}: {', '.join(doors)}")
    return doors[service]
