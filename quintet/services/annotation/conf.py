"""Settings of annotation."""

import json
from dataclasses import dataclass

from quintet.core import conf


@dataclass(frozen=True)
class Agreement:
    """Something a newcomer is asked to agree to.

    text   what the register page shows beside the box
    """

    name: str
    text: str
    url: str
    is_required: bool


def _agreements(said: str) -> tuple[Agreement, ...]:
    try:
        rows = json.loads(said or "[]")
        return tuple(
            Agreement(
                name=str(row["name"]),
                text=str(row["displayText"]),
                url=str(row.get("url", "")),
                is_required=bool(row.get("required", False)),
            )
            for row in rows
        )
    except (AttributeError, KeyError, TypeError) as bad:
        raise ValueError("each needs name and displayText") from bad


AGREEMENTS = conf.Setting[tuple[Agreement, ...]](
    "ANNOTATION_AGREEMENTS",
    (),
    'what newcomers agree to: [{"name": "terms", "displayText": "I accept the terms", "url": "", "required": true}]',
    parse=_agreements,
    kind="a JSON list",
)
TERMS = conf.text("ANNOTATION_TERMS", "", "a file with the terms of use, HTML; empty: a page that says there are none")
SHARED_ACCOUNTS = conf.choice(
    "ANNOTATION_SHARED_ACCOUNTS",
    lambda: "open" if conf.is_open() else "guarded",
    "open: an annotation administrator may change name, address and standing of any account here; guarded: not of one "
    "that serves elsewhere as well",
    among=("open", "guarded"),
)
SIGNED_URL_SECONDS = conf.number("ANNOTATION_SIGNED_URL_SECONDS", 30, "how long a signed address opens without sign-in")
OWN_TASKS_ONLY = conf.flag(
    "ANNOTATION_OWN_TASKS_ONLY",
    False,
    "yes: a task without an assignee is its owner's alone; no: everybody may annotate it, as CVAT has it by default",
)
SHARE = conf.text(
    "ANNOTATION_SHARE", "", "a folder of this machine whose pictures and videos can be made tasks of; empty: none"
)
CHUNKS_MB = conf.number("ANNOTATION_CHUNKS_MB", 2048, "how much disk made chunks may take, in mebibytes")
REMOTE_MB = conf.number("ANNOTATION_REMOTE_MB", 10240, "the most one upload may fetch from elsewhere, in mebibytes")
REMOTE_PRIVATE = conf.flag(
    "ANNOTATION_REMOTE_PRIVATE",
    conf.is_open,
    "whether files may be fetched from this machine and from private networks; link-local and metadata addresses "
    "never are",
)
WAIT_MS = conf.number(
    "ANNOTATION_WAIT_MS",
    2000,
    "how long a request for an export or import waits for it before it answers 202; 0: the first "
    "answer is always 202, as CVAT's is",
)
WEBHOOK_PRIVATE = conf.flag(
    "ANNOTATION_WEBHOOK_PRIVATE", False, "webhooks may call this machine and private networks; link-local never"
)
DELIVERIES_DAYS = conf.number(
    "ANNOTATION_DELIVERIES_DAYS", 30, "how long it is kept what was told to webhooks, and what they answered"
)
FUNCTIONS_HOURS = conf.number(
    "ANNOTATION_FUNCTIONS_HOURS", 24, "how long it is remembered how a function's run over a task ended"
)
RESUMABLE_FILE_MB = conf.number(
    "ANNOTATION_RESUMABLE_FILE_MB", 0, "the largest file that may come in pieces, in mebibytes; 0: no limit"
)
RESUMABLE_PERSON_MB = conf.number(
    "ANNOTATION_RESUMABLE_PERSON_MB",
    1024 * 1024,
    "how much one person may have in files that come in pieces and are no task's data yet, in mebibytes; 0: no limit",
)
RESUMABLE_DAYS = conf.number(
    "ANNOTATION_RESUMABLE_DAYS", 7, "how long a file that comes in pieces is kept after the newest of them"
)
TASK_JOBS = conf.number("ANNOTATION_TASK_JOBS", 10_000, "how many jobs a task may have")
EXPORTS_HOURS = conf.number("ANNOTATION_EXPORTS_HOURS", 10, "how long a written export is kept to be downloaded again")
HISTORY_DAYS = conf.number("ANNOTATION_HISTORY_DAYS", 90, "how long each save of annotations can be undone, in days")
HISTORY_SAVES = conf.number("ANNOTATION_HISTORY_SAVES", 1000, "how many saves of one job's annotations can be undone")
HISTORY_MB = conf.number(
    "ANNOTATION_HISTORY_MB", 256, "how much the saves of one job's annotations may take in the database, in mebibytes"
)
IMPORTS_DAYS = conf.number("ANNOTATION_IMPORTS_DAYS", 30, "how long it is kept what became of an import")
