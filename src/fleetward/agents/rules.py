"""How PINs look, what is kept of them, and when refusals are too many (hardening, PINs)."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from fleetward.agents.contracts import BadDomain, Machine, PinKind, PinLife, PinState
from fleetward.kernel.ids import ALPHABET

PIN_LENGTH = 12
# 130 bits: it stands in images and scripts, and nobody types it.
KEY_LENGTH = 26
LENGTHS = {PinKind.PIN: PIN_LENGTH, PinKind.ZERO_TOUCH: KEY_LENGTH}
GROUP = 4
# Refusals are counted together for so long.
WINDOW = timedelta(minutes=15)
# Symbols that people take for one of the alphabet's (Crockford).
_TYPED = str.maketrans("OIL", "011")
# 60 bits are too few for a plain hash: whoever has the table would try all of them within days.
# The salt is the same for all, since the machine tells nothing else by which to find the PIN.
_ROUNDS = 50_000
_SALT = b"fleetward: PIN of an enrolment"
_EVERYBODY = "all"
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
    r"(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)


def spelled(pin: str) -> str:
    """As a person reads it: ABCD-EFGH-JKMN."""
    return "-".join(pin[at : at + GROUP] for at in range(0, len(pin), GROUP))


def read_pin(typed: str) -> str:
    """The symbols of a PIN or key as it was typed; '' for what cannot be one.

    Case, blanks and dashes of any kind do not matter, nor whether O, I and L are digits.
    """
    kept = "".join(one for one in typed if unicodedata.category(one) not in {"Zs", "Pd", "Cc"})
    pin = kept.upper().translate(_TYPED)
    return pin if len(pin) in LENGTHS.values() and set(pin) <= set(ALPHABET) else ""


def pin_digest(pin: str) -> str:
    """What is stored of a PIN, and looked up."""
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), _SALT, _ROUNDS).hex()


def state_of(life: PinLife, now: datetime) -> PinState:
    """Whether a PIN still enrols, or why not."""
    if life.revoked_at is not None:
        return PinState.REVOKED
    if life.expires_at is not None and life.expires_at <= now:
        return PinState.EXPIRED
    is_used_up = life.most_uses is not None and life.uses >= life.most_uses
    return PinState.USED_UP if is_used_up else PinState.ALIVE


def window_of(now: datetime) -> datetime:
    """When the window began in which refusals are counted together."""
    seconds = int(now.timestamp()) // int(WINDOW.total_seconds()) * int(WINDOW.total_seconds())
    return datetime.fromtimestamp(seconds, tz=now.tzinfo)


def of_source(address: str) -> str:
    """Under which word refusals of an address are counted; of IPv6 those of its network, of which
    a single machine may use every address."""
    try:
        found = ip_address(address)
    except ValueError:
        return f"source:{address}"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return f"source:{found.ipv4_mapped}"
        return f"source:{IPv6Address(int(found) >> 64 << 64)}/64"
    return f"source:{found}"


def of_tenant(tenant: int) -> str:
    """Under which word those are counted that concern a tenant."""
    return f"tenant:{tenant}"


def of_all() -> str:
    """Under which word all of them are counted."""
    return _EVERYBODY


def credential_digest(credential: str) -> str:
    """What is stored of a credential. It has 256 random bits: a plain hash is enough."""
    return hashlib.sha256(credential.encode()).hexdigest()


def key_digest(key: str) -> str:
    """What is stored of the key of an enrolment."""
    return hashlib.sha256(f"enrolment:{key}".encode()).hexdigest()


def request_digest(machine: Machine) -> str:
    """Of all that a machine said of itself, to know whether it says the same again."""
    return hashlib.sha256(json.dumps(asdict(machine), sort_keys=True).encode()).hexdigest()


def domain_of(text: str) -> str:
    """A domain as it is stored and compared. Raises: BadDomain."""
    given = text.strip().rstrip(".").lower()
    try:
        plain = given.encode("idna").decode() if not given.isascii() else given
    except UnicodeError:
        raise BadDomain(text[:80]) from None
    if not _DOMAIN.fullmatch(plain):
        raise BadDomain(text[:80])
    return plain


def is_listed(domain: str, domains: Collection[str]) -> bool:
    """Whether a machine of a domain is enrolled without a question (E9): it, or one above it, is
    listed, or the tenant lists none.
    """
    if not domains:
        return True
    try:
        plain = domain_of(domain)
    except BadDomain:
        return False
    return any(plain == one or plain.endswith(f".{one}") for one in domains)
