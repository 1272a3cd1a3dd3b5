"""From QUINTET_MAIL_SERVER to Django's mail settings."""

from urllib.parse import unquote, urlsplit

from quintet.core.conf import BadSetting

_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mail_settings(address: str) -> dict[str, object]:
    """Django's EMAIL_* settings; without a server mail goes nowhere. Raises BadSetting.

    >>> mail_settings("smtps://me:secret@mail.example")["EMAIL_PORT"]
    465
    >>> mail_settings("http://mail.example")
    Traceback (most recent call last):
    quintet.core.conf.BadSetting: QUINTET_MAIL_SERVER must be smtp://, smtp+tls:// or smtps://user:password@host:port
    """
    if not address:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError) as bad:
        raise BadSetting("QUINTET_MAIL_SERVER must be smtp://, smtp+tls:// or smtps://user:password@host:port") from bad
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }
