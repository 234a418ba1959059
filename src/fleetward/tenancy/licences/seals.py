"""Sealing of the key that signs licence keys. It is the installation's, and of no tenant."""

from __future__ import annotations

from fleetward.infra.crypto import seal, unseal
from fleetward.infra.keys import present_keys

FIELD = "licences.signing_key"
INSTALLATION = "installation"


def seal_secret(secret: bytes) -> str:
    return seal(present_keys(), secret.hex(), tenant=INSTALLATION, field=FIELD)


def open_secret(sealed: str) -> bytes:
    """The secret again. Raises: BadSeal."""
    return bytes.fromhex(unseal(present_keys(), sealed, tenant=INSTALLATION, field=FIELD))
