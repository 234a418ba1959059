"""Sealing of what is kept for the next page only, such as a secret that is shown once.

It takes no part in the rotation of keys: nothing is lost with what nobody came to look at.
"""

from __future__ import annotations

from fleetward.infra.crypto import BadSeal, seal, unseal
from fleetward.infra.keys import present_keys


def seal_briefly(plain: str, *, tenant: str, field: str) -> str:
    """What may lie in a session, which is in the database."""
    return seal(present_keys(), plain, tenant=tenant, field=field)


def open_briefly(sealed: str, *, tenant: str, field: str) -> str:
    """It again; empty once its key is retired."""
    try:
        return unseal(present_keys(), sealed, tenant=tenant, field=field)
    except BadSeal:
        return ""
