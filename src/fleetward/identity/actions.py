"""Making users, passwords and tokens. Sign-in itself is allauth's."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.contracts import (
    Allowance,
    BadEmail,
    Newcomer,
    TokenHolder,
    TokenLife,
    TokenState,
    TooManyCalls,
    UnknownUser,
    UserRow,
    WeakPassword,
)
from fleetward.identity.models import Token, User
from fleetward.identity.queries import user_row
from fleetward.identity.rules import (
    TOKEN_PREFIX,
    allowance_after,
    email_key,
    minute_of,
    password_mark,
    seconds_left,
    state_of,
    token_digest,
    token_hint,
)
from fleetward.infra import sql
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.kernel.rights import Capability, require

# A use is written at most this often, or every API call would write.
USE_IS_NOTED_EVERY = timedelta(minutes=5)


@use_case
def ensure_user(*, actor: Actor, who: Newcomer, now: datetime) -> tuple[UserRow, bool]:
    """The user of an e-mail address, made when there is none; whether it was made.

    An existing user's name and password stay. Without a password the user signs in after a reset.
    Raises: BadEmail, WeakPassword.
    """
    email = email_key(who.email)
    try:
        validate_email(email)
    except ValidationError:
        raise BadEmail(email) from None
    found = User.objects.filter(email=email).first()
    if found is not None:
        return user_row(found), False
    user = User(email=email, name=who.name.strip(), created_at=now)
    _set_password(user, who.password)
    user.must_change_password = who.password is not None and not who.has_chosen_password
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        # Somebody else made the account since we looked, and it is theirs.
        return user_row(User.objects.get(email=email)), False
    return user_row(user), True


@use_case
def set_password(*, actor: Actor, email: str, password: str, tenants: tuple[int, ...]) -> None:
    """Give a user a new password, to be changed at sign-in; open sessions and tokens end.

    For the operator's command line.
    Raises: UnknownUser, WeakPassword.   Audit: user.password_reset in each tenant of the user
    """
    user = User.objects.filter(email=email_key(email)).first()
    if user is None:
        raise UnknownUser(email)
    _set_password(user, password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    for tenant in tenants:
        record(actor=actor, verb=Verb.PASSWORD_RESET, tenant=tenant, subject=f"user:{user.uid}")


@use_case
def choose_password(*, actor: Actor, password: str, by_link: bool) -> None:
    """Give the actor the password of its own choice; other sessions and all tokens end.

    `by_link`: a mailed link vouched for the actor, not the password before.
    Raises: WeakPassword.   Audit: user.password_reset or user.password_changed in each tenant
    """
    user = User.objects.get(id=actor.own_id)
    _set_password(user, password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    verb = Verb.PASSWORD_RESET if by_link else Verb.PASSWORD_CHANGED
    for tenant in actor.tenants:
        record(actor=actor, verb=verb, tenant=tenant, subject=f"user:{user.uid}")


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from None
    user.set_password(password)


def forget_sessions() -> None:
    """Delete sessions that are over; nobody else does."""
    SessionStore.clear_expired()


@use_case
def change_profile(*, actor: Actor, language: str, name: str | None = None) -> None:
    """Change the actor's own name and language; without a name that stays as it is."""
    changes = {"language": language} | ({} if name is None else {"name": name.strip()[:120]})
    User.objects.filter(id=actor.own_id).update(**changes)
    for tenant in actor.tenants:
        record(actor=actor, verb=Verb.PROFILE_CHANGED, tenant=tenant, subject="user:self")


@use_case
def issue_token(
    *,
    actor: Actor,
    user_id: int,
    tenant: int,
    name: str,
    now: datetime,
    days: int | None = None,
) -> str:
    """Make a personal access token for one tenant; returns it, the only time it can be read.

    A user makes tokens for nobody else.
    Raises: NotFound, Forbidden.   Audit: token.issued
    """
    require(actor, Capability.ISSUE_TOKENS, tenant=tenant)
    if actor.kind is not ActorKind.SYSTEM and user_id != actor.user_id:
        raise Forbidden
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    made = Token.objects.create(
        user_id=user_id,
        tenant_id=tenant,
        name=name.strip()[:120] or "token",
        digest=token_digest(token),
        hint=token_hint(token),
        password_mark=password_mark(User.objects.get(id=user_id).password),
        created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )
    record(
        actor=actor,
        verb=Verb.TOKEN_ISSUED,
        tenant=tenant,
        subject=f"token:{made.uid}",
        details={"name": made.name, "expires_at": made.expires_at and made.expires_at.isoformat()},
    )
    return token


@use_case
def revoke_token(*, actor: Actor, tenant: int, uid: str, now: datetime) -> None:
    """End one of the actor's tokens at once; the operator's command line ends anybody's.

    Raises: NotFound, Forbidden.   Audit: token.revoked
    """
    require(actor, Capability.ISSUE_TOKENS, tenant=tenant)
    found = Token.objects.filter(uid=uid, tenant_id=tenant, revoked_at=None)
    if actor.kind is not ActorKind.SYSTEM:
        found = found.filter(user_id=actor.own_id)
    if not found.update(revoked_at=now):
        raise NotFound
    record(actor=actor, verb=Verb.TOKEN_REVOKED, tenant=tenant, subject=f"token:{uid}")


def end_tokens(*, actor: Actor, user_id: int, tenant: int, now: datetime) -> None:
    """End all tokens of a user for a tenant that the user leaves or may not enter.

    Within a use case that has required the right.   Audit: token.revoked for each
    """
    alive = Token.objects.filter(user_id=user_id, tenant_id=tenant, revoked_at=None)
    for token in alive.select_for_update().order_by("id"):
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record(actor=actor, verb=Verb.TOKEN_REVOKED, tenant=tenant, subject=f"token:{token.uid}")


def use_token(*, token: str, now: datetime, limit: int = 0) -> TokenHolder | None:
    """Who a presented token speaks for; None for one that is unknown, revoked or expired.

    With a `limit` the call is counted against that many in a minute, the same for all programs that
    hold the token. One statement does both, and no models: each would cost a call more than asking.
    Raises: TooManyCalls.   Audit: none; the metrics count what was refused.
    """
    asked = {"digest": token_digest(token), "minute": minute_of(now), "is_counted": limit > 0}
    found = sql.fetch("identity", "use_token", asked)
    for calls, token_id, user_id, email, tenant_id, name, latest_use_at, *life in found:
        if state_of(TokenLife(*life), now) is not TokenState.ALIVE:
            return None
        if latest_use_at is None or now - latest_use_at > USE_IS_NOTED_EVERY:
            Token.objects.filter(id=token_id).update(latest_use_at=now)
        left = _allowance(calls, limit, now)
        return TokenHolder(token_id, user_id, email, tenant_id, name, left)
    return None


def _allowance(calls: int, limit: int, now: datetime) -> Allowance | None:
    """What is left of a minute's calls; None without a limit. Raises: TooManyCalls."""
    if not limit:
        return None
    left = allowance_after(calls, limit=limit, now=now)
    if left is None:
        raise TooManyCalls(limit, seconds_left(now))
    return left
