"""What can be done: get a token, register, promote, disable; save a mock and delete it."""

from datetime import timedelta

from django.db import transaction
from django.utils import translation

from quintet.accounts import actions as accounts
from quintet.accounts import conf as accounts_conf
from quintet.accounts import jwt, throttle
from quintet.accounts.errors import EmailTaken, UsernameTaken
from quintet.accounts.models import Grant, User
from quintet.accounts.queries import Standing, level_of, serves_elsewhere
from quintet.core import conf as core_conf
from quintet.core.clock import now
from quintet.core.errors import NotAllowed
from quintet.services.mocks import conf, queries
from quintet.services.mocks.doors import DOOR
from quintet.services.mocks.errors import BadPromotion, NoSuchMock
from quintet.services.mocks.models import Mock, etag_of
from quintet.services.mocks.rules import Scope, promoted

TOKEN_PURPOSE = "mocks"  # noqa: S105  the name of a purpose, not a secret


def issue_token(*, email: str, password: str, ip: str) -> tuple[str, str]:
    """The account's address as it is stored, and a token. Raises UnknownAccount, WrongCredentials, TooManyAttempts."""
    user = accounts.check_credentials(DOOR, identifier=email, password=password, ip=ip)
    claims: dict[str, object] = {
        "email": user.email,
        "scope": level_of(DOOR, user),
        "sub": str(user.pk),
        "v": user.epoch,
    }
    lifetime = timedelta(hours=accounts_conf.MOCKS_TOKEN_HOURS.value)
    return user.email, jwt.signed(TOKEN_PURPOSE, claims, lifetime=lifetime)


def register_person(*, email: str, password: str, ip: str) -> User:
    """A new account that is a guest here, with the address as its user name at the other doors.

    Raises BadEmail, BadUsername, BadInput (a weak password), EmailTaken, UsernameTaken; on a network TooManyAttempts
    for an address that keeps asking which accounts exist.
    """
    asking = f"register from {ip}"
    if not core_conf.is_open():
        throttle.refuse_when_throttled(asking, ip)
    try:
        # What a password lacks is told in the document's language.
        with translation.override("zh-hans"):
            return accounts.register(DOOR, username=email, email=email, password=password, ip=ip)
    except (EmailTaken, UsernameTaken):
        if not core_conf.is_open():
            throttle.count_failure(asking, ip)
        raise


def promote(caller: Standing, *, email: str, promotion: int, ip: str) -> None:
    """Lift somebody by some levels, or lower them. Raises NotAllowed, UnknownAccount, BadPromotion."""
    refuse_weaker_than(Scope.ADMINISTRATOR, caller)
    with transaction.atomic():
        user = queries.account_here(email)
        accounts.grant_on_entering(DOOR, user)
        grant = Grant.objects.select_for_update().get(user=user, service=DOOR.service)
        scope = promoted(grant.level, promotion, by=caller.level)
        if scope is None:
            raise BadPromotion(f"no scope is {promotion} above {grant.level}")
        accounts.set_level(DOOR, user, scope, actor=User.objects.get(pk=caller.id), ip=ip)


def disable_person(caller: Standing, *, email: str, ip: str) -> None:
    """The account enters nowhere any more; its mocks are still served.

    Raises NotAllowed, UnknownAccount. An administrator disables anybody, others themselves alone; nobody the last
    superuser. On a network an administrator of this service has no power over accounts that serve elsewhere.
    """
    is_own = queries.account_id(email) == caller.id
    if not is_own:
        refuse_weaker_than(Scope.ADMINISTRATOR, caller)
    user = queries.account_here(email)
    if not (is_own or caller.is_superuser or core_conf.is_open()) and serves_elsewhere(DOOR, user):
        raise NotAllowed("the account serves elsewhere as well")
    if user.is_superuser and not queries.another_superuser_than(user):
        raise NotAllowed("nobody could administer the server any more")
    accounts.disable(user, actor=User.objects.get(pk=caller.id), ip=ip)


def create_mock(caller: Standing, *, email: str, name: str, text: bytes) -> Mock:
    """Save a JSON text, which must have been checked. `email` is whose it will be: the caller's own, or with an
    administrator anybody's. Raises NotAllowed, UnknownAccount."""
    refuse_weaker_than(Scope[conf.MOCKS_CREATE_LEVEL.value.upper()], caller)
    owner_id = queries.account_id(email)
    if owner_id != caller.id:
        refuse_weaker_than(Scope.ADMINISTRATOR, caller)
        owner_id = queries.account_here(email).pk
    return save_mock(owner_id=owner_id, name=name, text=text)


def save_mock(*, owner_id: int, name: str, text: bytes) -> Mock:
    """A new row; it was never updated."""
    moment = now()
    return Mock.objects.create(
        owner_id=owner_id, name=name, text=text, etag=etag_of(text), created_at=moment, updated_at=moment
    )


def delete_mock(caller: Standing, mock_id: int) -> None:
    """The owner or an administrator. Raises NoSuchMock, NotAllowed."""
    owner_id = queries.owner_of(mock_id)
    if owner_id != caller.id:
        refuse_weaker_than(Scope.ADMINISTRATOR, caller)
    deleted, _ = Mock.objects.filter(pk=mock_id, owner_id=owner_id).delete()
    if not deleted:
        raise NoSuchMock("somebody was faster")


def refuse_weaker_than(scope: Scope, caller: Standing) -> None:
    """Raises NotAllowed unless the caller may do what this scope may."""
    if caller.level > scope:
        raise NotAllowed(f"scope {caller.level}, {scope} is needed")
