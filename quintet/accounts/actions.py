"""What can be done with an account. Every door calls these; none has its own idea of a password."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F

from quintet.accounts import conf, throttle
from quintet.accounts.doors import Door
from quintet.accounts.errors import BadEmail, BadUsername, EmailTaken, UsernameTaken
from quintet.accounts.models import Audit, Grant, Token, User
from quintet.accounts.passwords import hashed, is_password, waste_a_hash
from quintet.accounts.queries import accounts_with_email, is_email_taken, is_username_taken
from quintet.accounts.rules import EMAIL_MAX_LENGTH, is_common_password, username_fault
from quintet.core.clock import now
from quintet.core.deferred.actions import deferred, every
from quintet.core.deferred.running import Work
from quintet.core.errors import BadInput, Conflict, UnknownAccount, WrongCredentials
from quintet.core.wire import is_storable, normalized


def audit(event: str, target: str, *, actor: User | None = None, ip: str = "", **data: object) -> None:
    """Write down what happened. Never a password, a key or a patient's name in `data`."""
    Audit.objects.create(event=event, target=target[:200], actor=actor, ip=ip, data=data)


def register(
    door: Door,
    *,
    username: str,
    password: str,
    email: str = "",
    first_name: str = "",
    last_name: str = "",
    level: int | None = None,
    pending: int | None = None,
    is_initial_password: bool = False,
    actor: User | None = None,
    ip: str = "",
) -> User:
    """Make an account that enters through `door`.

    level                what it is there; None: what newcomers are
    pending              a level that was asked for and waits for an administrator
    is_initial_password  others know it; it should be changed, and on a network it expires

    Raises BadUsername, BadEmail, BadInput (the password), UsernameTaken, EmailTaken.
    """
    username, email = normalized(username), email.strip()
    throttle.refuse_when_probing(ip)
    refuse_bad_name(username, email)
    if not is_initial_password:
        refuse_weak_password(password)
    user = User(
        username=username, email=email, first_name=first_name, last_name=last_name, password=hashed(password),
        has_initial_password=is_initial_password,
        must_change=is_initial_password or is_common_password(password),
        initial_password_expires_at=_initial_password_end() if is_initial_password else None,
    )  # fmt: skip
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            Grant.objects.create(
                user=user, service=door.service, level=door.newcomer_level if level is None else level, pending=pending
            )
            audit("account.registered", username, actor=actor or user, ip=ip, service=door.service)
    except IntegrityError as taken:
        throttle.count_taken(ip)
        raise _what_is_taken(username) from taken
    return user


def refuse_taken(*, username: str = "", email: str = "", ip: str) -> None:
    """For a door that says so before it looks at the rest; it asks throttle.refuse_when_probing first. Raises
    UsernameTaken, EmailTaken."""
    if username and is_username_taken(username):
        throttle.count_taken(ip)
        raise UsernameTaken(f"username {username!r} is taken")
    if email and is_email_taken(email):
        throttle.count_taken(ip)
        raise EmailTaken("that e-mail address is taken")


def _what_is_taken(username: str, *, besides: User | None = None) -> Conflict:
    if is_username_taken(username, besides=besides):
        return UsernameTaken(f"username {username!r} is taken")
    return EmailTaken("that e-mail address is taken")


def change_details(
    user: User,
    *,
    username: str | None = None,
    email: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    actor: User | None,
    ip: str = "",
) -> None:
    """Change what is told about a person, at every door; None stays as it is.

    Raises BadUsername, BadEmail, UsernameTaken, EmailTaken; nothing has changed then.
    """
    told = {
        "username": None if username is None else normalized(username),
        "email": None if email is None else email.strip(),
        "first_name": first_name,
        "last_name": last_name,
    }
    changed = {name: said for name, said in told.items() if said is not None and said != getattr(user, name)}
    if not changed:
        return
    if "username" in changed or "email" in changed:
        refuse_bad_name(changed.get("username", user.username), changed.get("email", user.email))
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(**changed)
            audit("account.changed", user.username, actor=actor, ip=ip, fields=sorted(changed))
    except IntegrityError as taken:
        raise _what_is_taken(changed.get("username", user.username), besides=user) from taken
    for name, said in changed.items():
        setattr(user, name, said)


def refuse_bad_name(username: str, email: str) -> None:
    """Raises BadUsername or BadEmail."""
    if fault := username_fault(username, email=email) or (
        None if is_storable(username) else "Null characters are not allowed."
    ):
        raise BadUsername(fields={"username": [fault]})
    if not email:
        return
    try:
        validate_email(email)
    except ValidationError as bad:
        raise BadEmail(fields={"email": ["Enter a valid email address."]}) from bad
    if len(email) > EMAIL_MAX_LENGTH or not is_storable(email):
        raise BadEmail(fields={"email": ["Enter a valid email address."]})


def refuse_weak_password(password: str) -> None:
    """Raises BadInput for an empty password, and under the strong policy for a weak one."""
    if not password or len(password) > 1024 or not is_storable(password):
        raise BadInput.of("password", "This field may not be blank." if not password else "This password is too long.")
    if conf.PASSWORD_POLICY.value == "strong":
        try:
            validate_password(password)
        except ValidationError as weak:
            raise BadInput(fields={"password": weak.messages}) from weak


def check_credentials(door: Door, *, identifier: str, password: str, ip: str) -> User:
    """Who says this name and this password, and may enter here.

    A name that nobody has, a disabled account and one without a grant are alike: UnknownAccount, after as much
    hashing as a wrong password takes. Raises WrongCredentials, TooManyAttempts (before anything is hashed).
    """
    throttle.refuse_when_throttled(identifier, ip)
    user = _find(door, identifier)
    if user is None or not _may_enter(door, user):
        waste_a_hash(password)
        throttle.count_failure(identifier, ip)
        raise UnknownAccount("nobody of that name enters here")
    if not _is_password_of(user, password):
        throttle.count_failure(identifier, ip)
        raise WrongCredentials("wrong password")
    throttle.forget_failures(identifier, ip)
    if door.needs_grant:
        grant_on_entering(door, user)
    return user


def _find(door: Door, identifier: str) -> User | None:
    if not identifier or not is_storable(identifier):
        return None
    if door.identifier == "email":
        return accounts_with_email(identifier).filter(is_active=True).first()
    return User.objects.filter(username=normalized(identifier), is_active=True).first()


def _may_enter(door: Door, user: User) -> bool:
    if user.initial_password_expires_at is not None and user.initial_password_expires_at <= now():
        return False
    return conf.ONE_ACCOUNT_OPENS_ALL.value or not door.needs_grant or user.grants.filter(service=door.service).exists()


def _is_password_of(user: User, password: str) -> bool:
    right, upgraded = is_password(password, user.password)
    if right and upgraded:
        User.objects.filter(pk=user.pk, password=user.password).update(password=upgraded)
        user.password = upgraded
    return right


def grant_on_entering(door: Door, user: User) -> Grant:
    """The person's grant here. Where one account opens all doors, it is made now.
    Raises UnknownAccount where there is none and none is made."""
    found = Grant.objects.filter(user=user, service=door.service).first()
    if found is not None:
        return found
    if not conf.ONE_ACCOUNT_OPENS_ALL.value:
        raise UnknownAccount("no grant for this service")
    return Grant.objects.get_or_create(user=user, service=door.service, defaults={"level": door.newcomer_level})[0]


def set_level(door: Door, user: User, level: int, *, actor: User | None, ip: str = "") -> None:
    """What the person is in a service from now on; what was pending is settled by it."""
    with transaction.atomic():
        Grant.objects.update_or_create(user=user, service=door.service, defaults={"level": level, "pending": None})
        audit("grant.set", user.username, actor=actor, ip=ip, service=door.service, level=level)


def check_own_password(user: User, password: str, *, ip: str) -> None:
    """Raises WrongCredentials unless it is; counted like a sign-in, so that a stolen session cannot guess."""
    throttle.refuse_when_throttled(user.username, ip)
    if not _is_password_of(user, password):
        throttle.count_failure(user.username, ip)
        raise WrongCredentials("wrong password")


def change_password(user: User, password: str, *, actor: User | None, ip: str = "", is_initial: bool = False) -> None:
    """Change it at every door at once: all sessions, keys and tokens of the person die.

    is_initial   an administrator set it and knows it
    Raises BadInput for an empty password or, under the strong policy, a weak one.
    """
    if not is_initial:
        refuse_weak_password(password)
    encoded = hashed(password)
    with transaction.atomic():
        _forget_keys(user)
        User.objects.filter(pk=user.pk).update(
            password=encoded,
            epoch=F("epoch") + 1,
            has_initial_password=is_initial,
            must_change=is_initial or is_common_password(password),
            initial_password_expires_at=_initial_password_end() if is_initial else None,
        )
        audit("password.reset" if is_initial else "password.changed", user.username, actor=actor, ip=ip)
    user.refresh_from_db()


def log_out_everywhere(user: User, *, actor: User | None, ip: str = "") -> None:
    """Every session, key and token of the person dies; the password stays."""
    with transaction.atomic():
        _forget_keys(user)
        User.objects.filter(pk=user.pk).update(epoch=F("epoch") + 1)
        audit("account.logged-out-everywhere", user.username, actor=actor, ip=ip)
    user.refresh_from_db()


def disable(user: User, *, actor: User | None, ip: str = "") -> None:
    """The account enters nowhere any more; its name and address stay taken, and what it made stays."""
    with transaction.atomic():
        _forget_keys(user)
        User.objects.filter(pk=user.pk).update(is_active=False, epoch=F("epoch") + 1)
        audit("account.disabled", user.username, actor=actor, ip=ip)
    user.refresh_from_db()


def enable(user: User, *, actor: User | None, ip: str = "") -> None:
    """A disabled account may enter again, with the password it had."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)
        audit("account.enabled", user.username, actor=actor, ip=ip)
    user.refresh_from_db()


def _forget_keys(user: User) -> None:
    Token.objects.filter(user=user).delete()


def _initial_password_end() -> datetime | None:
    hours = conf.INITIAL_PASSWORD_HOURS.value
    return now() + timedelta(hours=hours) if hours else None


def make_administrator(username: str, password: str, *, email: str, doors: dict[Door, int], must_change: bool) -> User:
    """The console's own account, a superuser, with the highest level at each of the doors. Idempotent by username:
    an account that is there keeps its password."""
    with transaction.atomic():
        user = User.objects.filter(username=username).first()
        if user is None:
            user = User(
                username=username, email=email, password=hashed(password),
                has_initial_password=must_change, must_change=must_change,
            )  # fmt: skip
        user.is_staff = user.is_superuser = True
        user.save()
        for door, level in doors.items():
            Grant.objects.update_or_create(user=user, service=door.service, defaults={"level": level, "pending": None})
        audit("account.administrator", username)
    return user


def random_password() -> str:
    """Sixteen characters nobody guesses and nobody mixes up."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(16))


@deferred("accounts.drop_ended_windows")
def drop_ended_windows(work: Work) -> dict[str, int]:
    """Forget failures of sign-in whose window has ended."""
    return {"dropped": throttle.drop_ended_windows()}


every("accounts.drop_ended_windows", daily_at="03:10")
