"""Deferred actions as the superuser sees them: to look at, and to cancel."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from quintet.core.deferred.actions import cancel
from quintet.core.deferred.models import Job, Worker


class _LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(_LookOnly):
    list_display = ("id", "kind", "state", "queue", "priority", "attempts", "worker", "created_at", "finished_at")
    list_filter = ("state", "kind", "queue")
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False
    actions = ("cancel_what_is_chosen",)

    @admin.action(description="Cancel")
    def cancel_what_is_chosen(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        """Those that are finished stay as they are."""
        cancelled = sum(cancel(job_id) for job_id in rows.values_list("pk", flat=True))
        self.message_user(request, f"{cancelled} cancelled")


@admin.register(Worker)
class WorkerAdmin(_LookOnly):
    list_display = ("name", "queues", "started_at", "seen_at")
