"""What can be done in annotation."""

from quintet.services.annotation.actions.exports import drop_exports, export_of, write_export
from quintet.services.annotation.actions.functions import (
    forget_requests,
    look_at_frames,
    run_function,
    save_findings,
)
from quintet.services.annotation.actions.history import drop_history
from quintet.services.annotation.actions.imports import Order, Outcome, drop_imports, import_into, read_import
from quintet.services.annotation.actions.jobs import change_job
from quintet.services.annotation.actions.people import change_person, remove_person
from quintet.services.annotation.actions.projects import change_project, create_project, delete_project
from quintet.services.annotation.actions.resumables import drop_resumables
from quintet.services.annotation.actions.tasks import change_task, create_task, delete_task, remove_tasks
from quintet.services.annotation.actions.uploads import Sent, add_data, drop_leftovers, read_upload
from quintet.services.annotation.actions.webhooks import deliver_webhook, drop_deliveries

__all__ = [
    "Order",
    "Outcome",
    "Sent",
    "add_data",
    "change_job",
    "change_person",
    "change_project",
    "change_task",
    "create_project",
    "create_task",
    "delete_project",
    "delete_task",
    "deliver_webhook",
    "drop_deliveries",
    "drop_exports",
    "drop_history",
    "drop_imports",
    "drop_leftovers",
    "drop_resumables",
    "export_of",
    "forget_requests",
    "import_into",
    "look_at_frames",
    "read_import",
    "read_upload",
    "remove_person",
    "remove_tasks",
    "run_function",
    "save_findings",
    "write_export",
]
