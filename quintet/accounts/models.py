"""User, what a user is in each service, keys, and what happened to accounts."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac


class User(AbstractUser):
    """One person at every door. `epoch` grows at each password change and at "log out everywhere"."""

    id: int
    has_initial_password = models.BooleanField(
        default=False, help_text="others know the password: it came with the account"
    )
    must_change = models.BooleanField(default=False, help_text="the password is the initial one, or a common one")
    initial_password_expires_at = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0)

    class Meta(AbstractUser.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("username"), name="username_differs_by_more_than_case"),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="email_belongs_to_one"),
        ]

    def get_session_auth_hash(self) -> str:
        """Sessions die with the epoch, as tokens do."""
        return self._session_auth_hash()

    def get_session_auth_fallback_hash(self) -> Any:
        """While the server's key is being changed, sessions made with the old one hold."""
        from django.conf import settings

        for old_key in settings.SECRET_KEY_FALLBACKS:
            yield self._session_auth_hash(secret=old_key)

    def _session_auth_hash(self, secret: str | bytes | None = None) -> str:
        said = f"{self.password}:{self.epoch}"
        return salted_hmac("quintet.accounts.session", said, secret=secret, algorithm="sha256").hexdigest()


class Grant(models.Model):
    """What a person is in one service. Without a row that service's door does not know them.

    level     the service's own number (masks 0/1, procurement role 0/1/2/9, mocks scope 3/2/0 …)
    pending   a level that was asked for and that an administrator has yet to approve
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    service = models.CharField(max_length=32)
    level = models.SmallIntegerField()
    pending = models.SmallIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "service"], name="one_grant_per_service"),
        ]


class Token(models.Model):
    """A key that travels in an Authorization header. The key itself is stored nowhere: it is the HMAC of the nonce
    under the server's key, so that the same key can be told again, and only its digest is looked up."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=64, default="login")
    nonce = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "name"], name="one_token_per_name"),
        ]


class Audit(models.Model):
    """What happened to accounts and rights; only ever added to."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    event = models.CharField(max_length=64)
    target = models.CharField(max_length=200)
    ip = models.CharField(max_length=45, blank=True)
    data = models.JSONField(default=dict)


class Failure(models.Model):
    """How often sign-in failed for one key (a name, an address, or both) in the running window."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    window_ends_at = models.DateTimeField(db_index=True)
