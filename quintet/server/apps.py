"""Django's admin, for the superuser alone."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.http import HttpRequest


class SuperuserSite(admin.AdminSite):
    """`is_staff` opens nothing here: only the console's own administrator is let in."""

    site_header = site_title = "Quintet"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


class AdminConfig(DjangoAdminConfig):
    default_site = "quintet.server.apps.SuperuserSite"
