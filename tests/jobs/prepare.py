"""python -m tests.jobs.prepare ACTIONS PARTS MILLISECONDS: tables, a ledger, actions, and one that is split."""

import sys

import django


def main(actions: int, parts: int, milliseconds: int) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from quintet.core.deferred.actions import enqueue
    from tests.jobs.handlers import LEDGER

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(LEDGER)
    with transaction.atomic():
        if parts:
            enqueue("jobs.split", {"parts": parts, "milliseconds": milliseconds})
        for number in range(actions):
            enqueue("jobs.write_number", {"number": number, "milliseconds": milliseconds})


if __name__ == "__main__":
    main(*(int(said) for said in sys.argv[1:]))
