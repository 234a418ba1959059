"""Setting up an authenticator app, proving oneself with its codes, and doing without it again."""

from __future__ import annotations

import secrets
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.contracts import UnknownUser
from fleetward.identity.models import AuthenticatorApp, Passkey, RecoveryCode, User
from fleetward.identity.rules import email_key
from fleetward.identity.second_factor.contracts import (
    CODES,
    AppAlreadySetUp,
    NoSecondFactor,
    WrongCode,
)
from fleetward.identity.second_factor.queries import second_factors
from fleetward.identity.second_factor.rules import (
    RECOVERY_SYMBOLS,
    SECRET_BYTES,
    grouped,
    is_app_code,
    matching_step,
    recovery_digest,
    secret_text,
    typed_code,
)
from fleetward.identity.second_factor.seals import open_secret, seal_secret
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.ids import ALPHABET

# Before any step of any clock.
NEVER = -1


def new_app_secret() -> str:
    """A secret for an app. It means nothing before a code of it is confirmed."""
    return secret_text(secrets.token_bytes(SECRET_BYTES))


@use_case
def set_up_app(*, actor: Actor, secret: str, code: str, now: datetime) -> list[str]:
    """Let sign-in ask the actor for codes of an app that has just shown one; recovery codes if
    there were none.

    Raises: WrongCode, AppAlreadySetUp.   Audit: user.second_factor_added in each tenant
    """
    user = User.objects.select_for_update().get(id=actor.own_id)
    if AuthenticatorApp.objects.filter(user=user).exists():
        raise AppAlreadySetUp
    step = matching_step(secret, typed_code(code), now, after=NEVER)
    if step is None:
        raise WrongCode
    AuthenticatorApp.objects.create(
        user=user, sealed_secret=seal_secret(user, secret), latest_step=step, created_at=now
    )
    _tell(actor, user, Verb.SECOND_FACTOR_ADDED, kind="app")
    return first_recovery_codes(user, now)


@use_case
def use_code(*, actor: Actor, code: str, now: datetime) -> None:
    """Accept a code of the actor's app, or a recovery code, this once.

    Raises: WrongCode.   Audit: user.recovery_code_used in each tenant, for a recovery code
    """
    user, given = User.objects.get(id=actor.own_id), typed_code(code)
    if is_app_code(given):
        _use_app_code(user, given, now)
        return
    digest = recovery_digest(given, owner=str(user.uid))
    left = RecoveryCode.objects.filter(user=user, used_at=None)
    # Of two who send the same code at once the database lets one pass.
    if not left.filter(digest=digest).update(used_at=now):
        raise WrongCode
    _tell(actor, user, Verb.RECOVERY_CODE_USED, codes_left=left.count())


def _use_app_code(user: User, code: str, now: datetime) -> None:
    app = AuthenticatorApp.objects.filter(user=user).first()
    if app is None:
        raise WrongCode
    secret = open_secret(user, app.sealed_secret)
    step = matching_step(secret, code, now, after=app.latest_step)
    if step is None:
        raise WrongCode
    # Of two who send the same code at once the database lets one pass.
    unused = AuthenticatorApp.objects.filter(user=user, latest_step__lt=step)
    if not unused.update(latest_step=step):
        raise WrongCode


@use_case
def renew_recovery_codes(*, actor: Actor, now: datetime) -> list[str]:
    """Give the actor other recovery codes; those before end.

    Raises: NotFound without a second factor.   Audit: user.recovery_codes_renewed in each tenant
    """
    user = User.objects.select_for_update().get(id=actor.own_id)
    if not second_factors(user.id).is_asked:
        raise NotFound
    _tell(actor, user, Verb.RECOVERY_CODES_RENEWED)
    return _new_codes(user, now)


@use_case
def remove_app(*, actor: Actor) -> None:
    """Let sign-in ask the actor for no codes of the app any more; recovery codes end too, unless
    passkeys need them.

    Raises: NotFound.   Audit: user.second_factor_removed in each tenant
    """
    user = User.objects.select_for_update().get(id=actor.own_id)
    removed, _ = AuthenticatorApp.objects.filter(user=user).delete()
    if not removed:
        raise NotFound
    _tell(actor, user, Verb.SECOND_FACTOR_REMOVED, kind="app")
    end_idle_codes(user)


@use_case
def remove_second_factors(*, actor: Actor, email: str) -> None:
    """Let a user in without a second factor whose phone is lost. For the operator's command line.

    Raises: UnknownUser, NoSecondFactor.   Audit: user.second_factor_removed in each tenant of
    the user, which the actor acts for
    """
    user = User.objects.select_for_update().filter(email=email_key(email)).first()
    if user is None:
        raise UnknownUser(email)
    if not second_factors(user.id).is_asked:
        raise NoSecondFactor(email)
    for model in (AuthenticatorApp, Passkey, RecoveryCode):
        model.objects.filter(user=user).delete()
    _tell(actor, user, Verb.SECOND_FACTOR_REMOVED, kind="all")


def first_recovery_codes(user: User, now: datetime) -> list[str]:
    """Recovery codes with the first second factor; none where there are some already.

    Within a use case that holds the user's row.
    """
    return [] if RecoveryCode.objects.filter(user=user).exists() else _new_codes(user, now)


def end_idle_codes(user: User) -> None:
    """Recovery codes end with the last thing that they stand in for. Within such a use case."""
    if not second_factors(user.id).is_asked:
        RecoveryCode.objects.filter(user=user).delete()


def _new_codes(user: User, now: datetime) -> list[str]:
    """Recovery codes as the user reads them, the only time that they can be read."""
    RecoveryCode.objects.filter(user=user).delete()
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_SYMBOLS)) for _ in range(CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=recovery_digest(code, owner=str(user.uid)), created_at=now)
        for code in codes
    )
    return [grouped(code) for code in codes]


def _tell(actor: Actor, user: User, verb: Verb, **details: object) -> None:
    for tenant in actor.tenants:
        record(actor=actor, verb=verb, tenant=tenant, subject=f"user:{user.uid}", details=details)
