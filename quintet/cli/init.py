"""quintet init: an empty data folder becomes one that can serve."""

import argparse

from quintet.cli import prepare
from quintet.cli.failures import CommandFailed


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("init", help="make the tables and the first administrator")
    parser.add_argument("--username", default="admin", help="the first administrator's name (default: admin)")
    parser.add_argument("--email", default="", help="the first administrator's e-mail, with which mocks are entered")
    prepare.add_data(parser)
    parser.set_defaults(run=run)


def run(said: argparse.Namespace) -> int:
    """Make the tables; make the administrator if there is none, and print the password this once."""
    folder = prepare.make_data_folder()
    prepare.start_django()
    prepare.bring_tables_up_to_date()
    from quintet.accounts.actions import make_administrator, random_password, refuse_bad_name
    from quintet.accounts.models import User
    from quintet.core.errors import BadInput
    from quintet.server.demo import administrator_levels

    print(f"{folder} is ready.")
    if User.objects.filter(is_superuser=True).exists():
        print("It has an administrator already.")
        return 0
    try:
        refuse_bad_name(said.username, said.email)
    except BadInput as bad:
        raise CommandFailed(str(bad)) from bad
    password = random_password()
    make_administrator(said.username, password, email=said.email, doors=administrator_levels(), must_change=False)
    print(f"Administrator: {said.username}\nPassword:      {password}\nIt is not shown again.")
    return 0
