"""What the HTTP server loads."""

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from quintet.server.requests import Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.server.settings")
application = get_wsgi_application()
application.request_class = Request

# What is loaded now stays until the end. The collector of garbage need not look at it each time a request has made
# many objects: that took more time than answering with ten thousand shapes does.
import_module("quintet.server.urls")
gc.collect()
gc.freeze()
