"""Sealing of the client secret of a tenant's provider."""

from __future__ import annotations

from fleetward.infra.crypto import seal, unseal
from fleetward.infra.keys import present_keys

FIELD = "sign-on.client_secret"


def seal_secret(customer_id: str, plain: str) -> str:
    return seal(present_keys(), plain, tenant=customer_id, field=FIELD)


def open_secret(customer_id: str, sealed: str) -> str:
    """The secret again. Raises: BadSeal."""
    return unseal(present_keys(), sealed, tenant=customer_id, field=FIELD)
