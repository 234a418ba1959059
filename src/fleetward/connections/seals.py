"""Sealing of a connection's fields, bound to tenant, provider and field: none can be moved."""

from __future__ import annotations

from fleetward.config.env import env
from fleetward.infra.crypto import load_keys, seal, unseal

TOKEN = "token"  # noqa: S105


def seal_field(plain: str, *, customer_id: str, provider: str, name: str) -> str:
    """A secret as it may be stored."""
    ring = load_keys(env().sealing_key_file)
    return seal(ring, plain, tenant=customer_id, field=_field(provider, name))


def unseal_field(sealed: str, *, customer_id: str, provider: str, name: str) -> str:
    """The secret again. Raises: BadSeal."""
    ring = load_keys(env().sealing_key_file)
    return unseal(ring, sealed, tenant=customer_id, field=_field(provider, name))


def _field(provider: str, name: str) -> str:
    return f"connection.{provider}.{name}"
