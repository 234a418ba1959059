"""E-mail addresses and tokens: how they look and what is kept of them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from hmac import compare_digest

from fleetward.identity.contracts import Allowance, TokenLife, TokenState

TOKEN_PREFIX = "fwt_"  # noqa: S105
HINT_LENGTH = 10


def email_key(email: str) -> str:
    """An address as it is stored and looked up: without case, so that it has one account."""
    return email.strip().lower()


def token_digest(token: str) -> str:
    """What is stored of a token. It has 256 random bits, so that a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_hint(token: str) -> str:
    """The beginning of a token, to recognise it by."""
    return token[:HINT_LENGTH]


def password_mark(password_hash: str) -> str:
    """What a token remembers of its user's password, to end when that changes."""
    return hashlib.sha256(f"token-mark:{password_hash}".encode()).hexdigest()


def state_of(token: TokenLife, now: datetime) -> TokenState:
    """Whether a token, with its user, still speaks for it."""
    if token.revoked_at is not None:
        return TokenState.REVOKED
    if token.expires_at is not None and token.expires_at <= now:
        return TokenState.EXPIRED
    is_same = compare_digest(token.password_mark, password_mark(token.password))
    return TokenState.ALIVE if is_same and token.is_active else TokenState.ENDED


def minute_of(now: datetime) -> datetime:
    """The minute of the clock in which calls are counted together."""
    return now.replace(second=0, microsecond=0)


def allowance_after(calls: int, *, limit: int, now: datetime) -> Allowance | None:
    """What is left after so many calls in this minute; None for a call too many."""
    if calls > limit:
        return None
    return Allowance(limit, limit - calls, seconds_left(now))


def seconds_left(now: datetime) -> int:
    """Until the next minute begins; a part counts as a whole."""
    return 60 - now.second
