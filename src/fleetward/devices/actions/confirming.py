"""The security code of a deletion (E10): shown, typed, and checked here and not in the browser."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from django.core import signing

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.contracts import Confirmation, SelectionChanged, WrongSecurityCode
from fleetward.kernel.actor import Actor
from fleetward.kernel.ids import new_code

LIFETIME = timedelta(minutes=15)
SALT = "devices.delete"
# Symbols that people take for one of the alphabet's (Crockford).
_TYPED = str.maketrans("OIL", "011")


def offer_deletion(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> Confirmation:
    """A code for this very device, this actor and a quarter of an hour.

    Raises: NotFound, Forbidden.
    """
    return offer_code(actor=actor, tenant=tenant, what=_named(uid), devices=1, now=now)


def offer_code(
    *, actor: Actor, tenant: int, what: str, devices: int, now: datetime
) -> Confirmation:
    """A code for what is to be deleted, in short. Raises: NotFound, Forbidden."""
    require(actor, Capability.DELETE_DEVICES, tenant=tenant)
    code = new_code()
    until = (now + LIFETIME).timestamp()
    payload = [code, until, actor.user_id, tenant, what]
    return Confirmation(code, signing.dumps(payload, salt=SALT), devices)


def check_code(
    *, actor: Actor, tenant: int, uid: uuid.UUID, token: str, typed: str, now: datetime
) -> None:
    """Pass when the code was typed for this very device.

    Raises: WrongSecurityCode, SelectionChanged.
    """
    check_typed(actor=actor, tenant=tenant, what=_named(uid), token=token, typed=typed, now=now)


def check_typed(
    *, actor: Actor, tenant: int, what: str, token: str, typed: str, now: datetime
) -> None:
    """The same of what is to be deleted, in short. Raises: WrongSecurityCode, SelectionChanged."""
    if typed_for(actor=actor, tenant=tenant, token=token, typed=typed, now=now) != what:
        raise SelectionChanged


def typed_for(*, actor: Actor, tenant: int, token: str, typed: str, now: datetime) -> str:
    """What the code that was typed had been offered for. Raises: WrongSecurityCode."""
    try:
        code, until, user_id, for_tenant, what = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        raise WrongSecurityCode from None
    plain = typed.strip().upper().translate(_TYPED)
    is_typed = secrets.compare_digest(plain.encode(), str(code).encode())
    if not is_typed or now.timestamp() > until or [user_id, for_tenant] != [actor.user_id, tenant]:
        raise WrongSecurityCode
    return str(what)


def _named(uid: uuid.UUID) -> str:
    return f"device:{uid}"
