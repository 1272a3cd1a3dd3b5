"""A forgotten password: a link by e-mail, where mail is set up (QUINTET_MAIL_SERVER and QUINTET_PUBLIC_ADDRESS)."""

from urllib.parse import urlencode

from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.utils.encoding import DjangoUnicodeDecodeError, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from quintet.accounts import actions, conf, throttle
from quintet.accounts.doors import Door
from quintet.accounts.models import User
from quintet.accounts.queries import accounts_with_email
from quintet.core.deferred.actions import deferred, enqueue
from quintet.core.wire import is_storable

_KIND = "accounts.mail_reset_link"
_TEXT = """Somebody, probably you, asked for a new password for the account {username}.

Choose one here within three days:
{link}

If it was not you, nothing has changed and there is nothing to do.
"""


def request_reset(door: Door, email: str, *, ip: str) -> None:
    """Mail a link to whoever has this address and enters through `door`.

    Known and unknown addresses take the same way: whether there is somebody is found out after the answer. Counted
    like a failed sign-in, so that nobody's mailbox is filled. Raises TooManyAttempts.
    """
    throttle.refuse_when_throttled(f"reset:{email}", ip)
    throttle.count_failure(f"reset:{email}", ip)
    if conf.MAIL_SERVER.value and conf.PUBLIC_ADDRESS.value and is_storable(email):
        enqueue(_KIND, {"email": email, "service": door.service})


@deferred(_KIND)
def mail_reset_link(work: object, *, email: str, service: str) -> None:
    """Send the link, if there is somebody to send it to."""
    having = accounts_with_email(email).filter(is_active=True)
    if not conf.ONE_ACCOUNT_OPENS_ALL.value:
        having = having.filter(grants__service=service)
    user = having.first()
    if user is None:
        return
    query = urlencode({"uid": _uid_of(user), "token": default_token_generator.make_token(user)})
    link = f"{conf.PUBLIC_ADDRESS.value.rstrip('/')}/auth/password/reset/confirm?{query}"
    send_mail("A new password", _TEXT.format(username=user.username, link=link), conf.MAIL_FROM.value, [user.email])


def account_of_link(uid: str) -> User | None:
    """The active account that a link names, or None."""
    try:
        said = force_str(urlsafe_base64_decode(uid))
    except (ValueError, DjangoUnicodeDecodeError):
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        return None
    return User.objects.filter(pk=int(said), is_active=True).first()


def is_valid_link(user: User, token: str) -> bool:
    """Whether the link was sent for this account, not too long ago, and not used since."""
    return bool(default_token_generator.check_token(user, token))


def reset_password(user: User, password: str, *, ip: str) -> None:
    """The person proved to own the mailbox. Raises BadInput for a weak password."""
    actions.change_password(user, password, actor=user, ip=ip)


def _uid_of(user: User) -> str:
    return urlsafe_base64_encode(str(user.pk).encode())
