"""Users, their second factors and personal access tokens. What a user may do stands in `tenancy`
and `access`.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from fleetward.identity.rules import email_key


class UserManager(BaseUserManager["User"]):
    """What Django's sign-in asks of a manager: finding a user by e-mail, without case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=email_key(username or ""))


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address, which is stored in lower case."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, blank=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    # Somebody else knows the password: nothing can be done before it is changed.
    must_change_password = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="identity_user_email")]

    def __str__(self) -> str:
        return self.email


class Token(models.Model):
    """A personal access token for the API. Only its hash is kept."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    # Of the password at the time: a changed password ends the tokens too (hardening, signing in).
    password_mark = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    latest_use_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class TokenCalls(models.Model):
    """How many calls a token has made in the latest minute in which it made any. Unlogged."""

    token = models.OneToOneField(
        Token, on_delete=models.CASCADE, primary_key=True, db_constraint=False
    )
    minute = models.DateTimeField()
    calls = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.calls} of token {self.token_id}"


class AuthenticatorApp(models.Model):
    """The app of a user that shows codes. `latest_step` is the time of the last code accepted."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    sealed_secret = models.CharField(max_length=300)
    latest_step = models.BigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"App of user {self.user_id}"


class RecoveryCode(models.Model):
    """A code that serves once in the place of the app. Only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="identity_recoverycode_once")
        ]

    def __str__(self) -> str:
        return f"Recovery code of user {self.user_id}"


class Passkey(models.Model):
    """A key of a device of the user, for the name that the site had when it was made.

    `credential` holds its public half, `count` how many proofs the device has given, if it counts.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    host = models.CharField(max_length=253)
    credential_id = models.BinaryField(unique=True)
    credential = models.BinaryField()
    count = models.BigIntegerField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} of user {self.user_id}"
