"""Sealing of the secret of an app, bound to its user: it opens in no other row."""

from __future__ import annotations

from fleetward.identity.models import User
from fleetward.infra.crypto import seal, unseal
from fleetward.infra.keys import present_keys

FIELD = "second factor"


def seal_secret(user: User, plain: str) -> str:
    return seal(present_keys(), plain, tenant=f"user:{user.uid}", field=FIELD)


def open_secret(user: User, sealed: str) -> str:
    """The secret again. Raises: BadSeal."""
    return unseal(present_keys(), sealed, tenant=f"user:{user.uid}", field=FIELD)
