"""The product's settings, but of its apps only the deferred actions: a worker starts in a fraction of the time."""

from quintet.server.settings import *  # noqa: F403

INSTALLED_APPS = ["quintet.core.deferred"]
DEFERRED_MODULES = ["tests.jobs.handlers"]
MIDDLEWARE = []
LOGGING_CONFIG = None
