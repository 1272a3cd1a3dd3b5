"""Mounts each service at the root: the documents own full paths."""

from django.contrib import admin
from django.urls import include, path

from quintet.server import health, media, openapi, static
from quintet.server.routes import routes_of
from quintet.server.services import SERVICES

urlpatterns = [
    *map(routes_of, SERVICES),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("media/<path:name>", media.shown_picture),
    path("static/<path:name>", static.static_file),
    path("admin/", admin.site.urls),
    *openapi.urlpatterns,
    path("", include("quintet.web.urls")),
]
handler400 = "quintet.server.refusals.bad_request"
handler403 = "quintet.server.refusals.forbidden"
handler404 = "quintet.server.refusals.not_found"
handler500 = "quintet.server.refusals.server_error"
