"""python -m tests.jobs.enqueue KIND name=value …: one action; the values are JSON."""

import json
import sys

import django


def main(kind: str, *pairs: str) -> None:
    django.setup()
    from quintet.core.deferred.actions import enqueue

    enqueue(kind, {name: json.loads(value) for name, value in (pair.split("=") for pair in pairs)})


if __name__ == "__main__":
    main(*sys.argv[1:])
