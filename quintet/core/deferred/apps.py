"""The app's name."""

from django.apps import AppConfig

from quintet.core import conf
from quintet.core.deferred import bell


class DeferredConfig(AppConfig):
    name = "quintet.core.deferred"
    label = "deferred"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load Celery now, where it is used: the first request that defers something should not wait for that."""
        if conf.JOBS.value == "celery":
            bell.get_ready()
