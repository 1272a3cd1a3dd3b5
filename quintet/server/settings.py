"""Django's settings, read from the environment through the table in core.conf."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from quintet.accounts import conf as _accounts_conf
from quintet.core import conf
from quintet.server import keys
from quintet.server.database import database_from
from quintet.server.mail import mail_settings
from quintet.server.services import SERVICES

for _name in SERVICES:
    if importlib.util.find_spec(f"quintet.services.{_name}.conf"):
        importlib.import_module(f"quintet.services.{_name}.conf")

_GIVEN = conf.from_environment()
globals().update(_GIVEN)


def _setting(row: conf.Setting[Any]) -> Any:
    given = _GIVEN.get(row.variable)
    if given is not None:
        return given
    return row.default() if callable(row.default) else row.default


DATA = Path(_setting(conf.DATA)).absolute()
FILES = DATA / "files"

DEBUG = False
SECRET_KEY = keys.secret_key(DATA)
_OWN_NAMES = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = list(_setting(conf.HOSTS)) or (_OWN_NAMES if _setting(conf.EXPOSURE) == "loopback" else ["*"])
USE_X_FORWARDED_HOST = _setting(conf.TRUSTED_PROXIES) > 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _setting(conf.TRUSTED_PROXIES) else None

INSTALLED_APPS = [
    "quintet.server.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "quintet.core",
    "quintet.core.deferred",
    "quintet.accounts",
    *(f"quintet.services.{name}" for name in SERVICES),
    "quintet.bridges",
    "quintet.web",
]
MIDDLEWARE = [
    "quintet.server.middleware.Headers",
    "quintet.core.origin.SpaOrigins",
    "quintet.server.middleware.CookieDoors",
]
# The admin looks for its middleware in MIDDLEWARE; CookieDoors holds it, per path.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]
ROOT_URLCONF = "quintet.server.urls"
WSGI_APPLICATION = "quintet.server.wsgi.application"
APPEND_SLASH = False

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "quintet.accounts.passwords.LightArgon2",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
CSRF_FAILURE_VIEW = "quintet.web.pages.refused_form"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _setting(conf.HTTPS)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = (
    "None" if _setting(conf.HTTPS) and _setting(conf.SPA_ORIGINS) else "Lax"
)
CSRF_TRUSTED_ORIGINS = [origin for origin in _setting(conf.SPA_ORIGINS) if "://" in origin]

DATABASES = {"default": database_from(_setting(conf.DATABASE), DATA, synchronous=_setting(conf.SQLITE_SYNCHRONOUS))}
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    # REST framework would load PostgreSQL's driver, ten megabytes in every process, only to see whether it is there.
    sys.modules.setdefault("django.contrib.postgres.fields", None)  # type: ignore[arg-type]  # "cannot be imported"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(FILES), "base_url": "/media/"},
    },
    "staticfiles": {"BACKEND": "quintet.server.static.VersionedStaticFiles"},
}
if _setting(conf.S3_BUCKET):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _setting(conf.S3_BUCKET),
            "endpoint_url": _setting(conf.S3_ENDPOINT) or None,
            "file_overwrite": False,
            "default_acl": None,
        },
    }
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = _setting(conf.UPLOAD_MB) * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 100_000
FILE_UPLOAD_HANDLERS = [
    "quintet.core.intake.FewFiles",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

globals().update(mail_settings(_setting(_accounts_conf.MAIL_SERVER)))

# The documents' English is part of the contract, so only pages follow the browser's language.
LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_TZ = True
TIME_ZONE = _setting(conf.TIME_ZONE)

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    # CVAT's clients mean a data set's format by ?format=.
    "URL_FORMAT_OVERRIDE": "scheme",
}
# Annotation's keys are quintet.accounts.tokens, not rows of DRF's own table.
REST_AUTH = {"TOKEN_MODEL": None, "SESSION_LOGIN": True}
SPECTACULAR_SETTINGS = {
    "TITLE": "Quintet",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "quintet.server.openapi.add_plain_endpoints",
        "drf_spectacular.hooks.postprocess_schema_enums",
    ],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("QUINTET_LOG_LEVEL", "WARNING")},
    # A refusal is an answer, not an event: Django would log each 4xx with its path, which may hold names.
    "loggers": {"django.request": {"level": "ERROR"}, "django.security": {"level": "ERROR"}},
}
