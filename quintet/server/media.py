"""Pictures that anybody may see by their unguessable name: goods and avatars. All else in the store is private."""

import mimetypes

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

_SHOWN = ("goods/", "avatars/")


def shown_picture(request: HttpRequest, name: str) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    try:
        if not name.startswith(_SHOWN) or not default_storage.exists(name):
            return JsonResponse({"detail": "Not found."}, status=404)
        opened = default_storage.open(name)
    except (SuspiciousFileOperation, OSError, ValueError):
        return JsonResponse({"detail": "Not found."}, status=404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(opened, content_type=kind)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
