"""What people do with their account here: register, change what is told about them, their picture, their password."""

from dataclasses import dataclass
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from quintet.accounts import actions as accounts
from quintet.accounts import throttle
from quintet.accounts.models import User
from quintet.services.dicom.doors import DOOR
from quintet.services.dicom.errors import PasswordsDiffer
from quintet.services.dicom.models import Profile, Sex


def register(*, username: str, password: str, repeated: str, ip: str) -> User:
    """Make an account. Raises UsernameTaken before PasswordsDiffer, the document's order (002:33-41); else as
    accounts.register."""
    throttle.refuse_when_probing(ip)
    accounts.refuse_taken(username=username, ip=ip)
    if password != repeated:
        raise PasswordsDiffer("pwd1 and pwd2 differ")
    return accounts.register(DOOR, username=username, password=password, ip=ip)


@dataclass(frozen=True)
class ToldInfo:
    """What a person wants told about them. None: leave it as it is; `forgets_sex`: it shall not be told any more."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    bio: str | None = None
    sex: Sex | None = None
    forgets_sex: bool = False


def update_info(user: User, told: ToldInfo, *, ip: str) -> None:
    """Change it, all or nothing. Raises BadEmail, EmailTaken, BadUsername (a name that is the e-mail address)."""
    changed: dict[str, object] = {} if told.bio is None else {"bio": told.bio}
    if told.sex is not None or told.forgets_sex:
        changed["sex"] = told.sex
    Profile.of(user.pk)
    with transaction.atomic():
        accounts.change_details(
            user, email=told.email, first_name=told.first_name, last_name=told.last_name, actor=user, ip=ip
        )
        if changed:
            Profile.objects.filter(user=user).update(**changed)


def replace_avatar(user: User, picture: "ContentFile[bytes]") -> None:
    """Show this picture from now on; the old file goes when the change is certain, the new one when it fails."""
    Profile.of(user.pk)
    name = default_storage.save(f"avatars/{picture.name}", picture)
    try:
        with transaction.atomic():
            # Locked, so that of two uploads at once each deletes the file that it replaces.
            profile = Profile.objects.select_for_update().get(user=user)
            if profile.avatar:
                transaction.on_commit(partial(default_storage.delete, profile.avatar))
            profile.avatar = name
            profile.save(update_fields=["avatar"])
    except BaseException:
        default_storage.delete(name)
        raise


def change_password(user: User, *, password: str, new_password: str, ip: str) -> None:
    """Change it at every door. Raises WrongCredentials, TooManyAttempts, BadInput."""
    accounts.check_own_password(user, password, ip=ip)
    accounts.change_password(user, new_password, actor=user, ip=ip)
