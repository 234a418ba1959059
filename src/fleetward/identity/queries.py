"""Questions about users and tokens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from fleetward.identity.contracts import TokenLife, TokenRow, UserRow
from fleetward.identity.models import Token, User
from fleetward.identity.rules import email_key, state_of
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound


def find_user(email: str) -> UserRow | None:
    """A user by e-mail address, without case."""
    found = User.objects.filter(email=email_key(email)).first()
    return user_row(found) if found else None


def known_addresses(emails: Collection[str]) -> set[str]:
    """Those of the addresses, in lower case, that have an account."""
    found = User.objects.filter(email__in=[email_key(email) for email in emails])
    return set(found.values_list("email", flat=True))


def get_user(user_id: int) -> UserRow:
    """A user by internal id, for contexts that hold it. Raises: NotFound."""
    found = User.objects.filter(id=user_id).first()
    if found is None:
        raise NotFound
    return user_row(found)


def list_tokens(*, actor: Actor, tenant: int, now: datetime) -> list[TokenRow]:
    """The actor's own tokens in a tenant, latest first."""
    mine = Token.objects.filter(user_id=actor.own_id, tenant_id=tenant).select_related("user")
    return [_token(t, now) for t in mine.order_by("-id")]


def list_every_token(*, now: datetime) -> list[TokenRow]:
    """Those of everybody in every tenant, latest first, for the operator's command line."""
    return [_token(t, now) for t in Token.objects.select_related("user").order_by("-id")]


def user_row(user: User) -> UserRow:
    """A user as others see it."""
    return UserRow(user.id, str(user.uid), user.email, user.name, user.language, user.is_active)


def _token(token: Token, now: datetime) -> TokenRow:
    user = token.user
    life = TokenLife(
        token.revoked_at, token.expires_at, token.password_mark, user.password, user.is_active
    )
    return TokenRow(
        uid=str(token.uid),
        tenant_id=token.tenant_id,
        name=token.name,
        hint=token.hint,
        user=user.email,
        created_at=token.created_at,
        expires_at=token.expires_at,
        latest_use_at=token.latest_use_at,
        state=state_of(life, now),
    )
