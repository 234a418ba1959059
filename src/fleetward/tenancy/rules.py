"""Invitations: how long they last, and what is kept of their links."""

from __future__ import annotations

import hashlib
from datetime import timedelta

INVITATION_LASTS = timedelta(days=7)


def invitation_digest(token: str) -> str:
    """What is stored of a link's token. It has 256 random bits: a plain hash is enough."""
    return hashlib.sha256(f"invitation:{token}".encode()).hexdigest()


def customer_id_of(token: str) -> str:
    """The tenant that a token belongs to, so that it is looked for in that one only."""
    return token.partition("-")[0]
