"""Every route, in the document's order."""

from django.urls import URLPattern

PREFIXES: tuple[str, ...] = ()
urlpatterns: list[URLPattern] = []
