"""What the HTTP server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain_goods.settings"
application = get_wsgi_application()
