"""Sealing of a connection's fields, bound to tenant, provider and field: none can be moved."""

from __future__ import annotations

from fleetward.infra.crypto import seal, unseal
from fleetward.infra.keys import present_keys

TOKEN = "token"  # noqa: S105


def seal_field(plain: str, *, customer_id: str, provider: str, name: str) -> str:
    """A secret as it may be stored."""
    return seal(present_keys(), plain, tenant=customer_id, field=_field(provider, name))


def unseal_field(sealed: str, *, customer_id: str, provider: str, name: str) -> str:
    """The secret again. Raises: BadSeal."""
    return unseal(present_keys(), sealed, tenant=customer_id, field=_field(provider, name))


def _field(provider: str, name: str) -> str:
    return f"connection.{provider}.{name}"
