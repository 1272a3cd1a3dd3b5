"""Style sheets, scripts and pictures of our own pages, of the admin and of the API pages, served without a web server.

A link made by {% static %} carries the file's digest and may be kept forever; any other is asked for again each time.
"""

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse

_FOREVER = "public, max-age=31536000, immutable"


class VersionedStaticFiles(StaticFilesStorage):
    """Links to static files with their digest, so that a new release is seen at once."""

    def url(self, name: str | None) -> str:
        digest = digest_of(name or "")
        return f"{super().url(name)}?v={digest}" if digest else super().url(name)


def digest_of(name: str) -> str:
    """Twenty hexadecimal digits of the file's SHA-256; empty when there is no such file."""
    found = _find(name)
    return _digest(found, found.stat().st_mtime_ns) if found else ""


def _find(name: str) -> Path | None:
    try:
        found = finders.find(name)
    except (SuspiciousFileOperation, ValueError):
        return None
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


@lru_cache(maxsize=1024)
def _digest(path: Path, modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


def static_file(request: HttpRequest, name: str) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    found, digest = _find(name), digest_of(name)
    if found is None:
        return JsonResponse({"detail": "Not found."}, status=404)
    kept = _FOREVER if request.GET.get("v") == digest else "no-cache"
    headers = {"ETag": f'"{digest}"', "Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    if f'"{digest}"' in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers=headers)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind += "; charset=utf-8" if kind.startswith("text/") else ""
    return HttpResponse(found.read_bytes(), content_type=kind, headers=headers)
