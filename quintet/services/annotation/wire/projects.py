"""Projects on the wire."""

from django.http import HttpRequest

from quintet.services.annotation.models import Project
from quintet.services.annotation.wire.people import moment


def project(row: Project, request: HttpRequest) -> dict[str, object]:
    """One project."""
    return {
        "url": request.build_absolute_uri(f"/api/v1/projects/{row.pk}"),
        "id": row.pk,
        "name": row.name,
        "owner": row.owner_id,
        "assignee": row.assignee_id,
        "bug_tracker": row.bug_tracker,
        "created_date": moment(row.created_at),
        "updated_date": moment(row.updated_at),
        "status": row.status,
    }
