"""Addresses that open without sign-in for half a minute: for players and download links, which send no headers."""

from django.core import signing

from quintet.accounts.models import User
from quintet.services.annotation import conf
from quintet.services.annotation.rules import signed_part

_SALT = "quintet.annotation.url"


def signature_of(user: User, url: str) -> str:
    """What opens an absolute address as this person. Raises ValueError for what is no address."""
    return signing.dumps({"user": user.pk, "epoch": user.epoch, "url": signed_part(url)}, salt=_SALT)


def signer_of(url: str, signature: str) -> User:
    """Who signed this address. Raises signing.SignatureExpired, or signing.BadSignature: forged, made for another
    address, or by somebody whose password has changed since."""
    said = signing.loads(signature, salt=_SALT, max_age=conf.SIGNED_URL_SECONDS.value)
    user = User.objects.filter(pk=said["user"], epoch=said["epoch"], is_active=True).first()
    if user is None or said["url"] != signed_part(url):
        raise signing.BadSignature("not for this address, or not any more")
    return user
