"""Whether the server can serve: for load balancers, supervisors and `quintet doctor`."""

from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from quintet.core import conf
from quintet.core.deferred import queries as deferred


def what_is_missing() -> dict[str, str]:
    """What keeps the server from serving or from doing deferred work: name -> what to do. Empty when all is well."""
    missing: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            missing["database"] = "its tables are not up to date: run `quintet init`"
    except Exception as down:  # noqa: BLE001  whatever the driver raises, the database cannot be used
        missing["database"] = f"cannot be reached ({type(down).__name__})"
        return missing
    try:
        default_storage.exists("probe")
    except Exception as down:  # noqa: BLE001  whatever the store raises, files cannot be used
        missing["files"] = f"cannot be reached ({type(down).__name__})"
    if conf.JOBS.value == "embedded" and "database" not in missing and not deferred.worker_was_seen():
        missing["worker"] = "none has been seen lately: `quintet worker`"
    return missing


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def readyz(request: HttpRequest) -> HttpResponse:
    missing = what_is_missing()
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)
