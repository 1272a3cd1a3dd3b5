"""python -m tests.jobs.enqueue [--tables]: what stands on standard input, [[kind, {arguments}], …], in one transaction.

--tables   make the tables and the ledger first
"""

import json
import sys

import django


def main(actions: list[tuple[str, dict[str, object]]], *, tables: bool) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from quintet.core.deferred.actions import enqueue
    from tests.jobs.handlers import LEDGER

    if tables:
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(LEDGER)
    with transaction.atomic():
        for kind, args in actions:
            enqueue(kind, args)


if __name__ == "__main__":
    main(json.load(sys.stdin), tables="--tables" in sys.argv)
