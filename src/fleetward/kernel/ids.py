"""Public identifiers. Internal ids are integers and never leave."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O, U, so that an id survives being read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CUSTOMER_ID_LENGTH = 10


def new_customer_id() -> str:
    """A Customer ID (T1): ten symbols, 50 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CUSTOMER_ID_LENGTH))


def new_code(length: int = 6) -> str:
    """A short code for a person to type back, such as a security code (E10)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
