"""What a licence key looks like, and how a tenant stands with those that it has (L3). Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fleetward.tenancy.contracts import LicenceState
from fleetward.tenancy.licences.contracts import (
    MOST_SEATS,
    Licence,
    LicenceDamaged,
    LicenceOfAnotherSigner,
)

PREFIX = "FWL1"
SIGNER_CHARACTERS = 16
# So many days before its end admins are told of a key.
WARNED_DAYS = (7, 30)


def public_key_of(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def write_key(licence: Licence, secret: bytes) -> str:
    """The text of a key: what it says, and the signature of that. Tied to no tenant's secret."""
    told = {
        "by": _name_of(public_key_of(secret)),
        "id": str(licence.uid),
        "customer": licence.customer_id,
        "plan": licence.plan,
        "seats": licence.seats,
        "starts": licence.starts_on.isoformat(),
        "ends": licence.ends_on.isoformat(),
    }
    said = _packed(json.dumps(told, separators=(",", ":")).encode())
    signature = Ed25519PrivateKey.from_private_bytes(secret).sign(said.encode())
    return f"{PREFIX}.{said}.{_packed(signature)}"


def read_key(text: str, public_key: bytes | None) -> Licence:
    """What a key says. Line breaks and blanks of mails do not count.

    Raises: LicenceDamaged, LicenceOfAnotherSigner (by its own words, or since nobody signs here).
    """
    said, signature, told = _parts(text)
    if public_key is None or told.get("by") != _name_of(public_key):
        raise LicenceOfAnotherSigner
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, said.encode())
    except InvalidSignature:
        raise LicenceDamaged from None
    return _licence(told)


def peek(text: str) -> Licence:
    """What a key says, whoever has signed it. Raises: LicenceDamaged."""
    return _licence(_parts(text)[2])


def _parts(text: str) -> tuple[str, bytes, Mapping[str, object]]:
    prefix, _, rest = "".join(text.split()).partition(".")
    said, _, signature = rest.partition(".")
    try:
        told = json.loads(_unpacked(said))
        signed = _unpacked(signature)
    except (binascii.Error, ValueError, RecursionError):
        raise LicenceDamaged from None
    if prefix != PREFIX or not isinstance(told, dict):
        raise LicenceDamaged
    return said, signed, told


def _licence(told: Mapping[str, object]) -> Licence:
    """Raises: LicenceDamaged, for one that is not from `write_key`."""
    try:
        licence = Licence(
            uid=UUID(str(told["id"])),
            customer_id=str(told["customer"]),
            plan=str(told["plan"]),
            seats=int(str(told["seats"])),
            starts_on=date.fromisoformat(str(told["starts"])),
            ends_on=date.fromisoformat(str(told["ends"])),
        )
    except (KeyError, ValueError):
        raise LicenceDamaged from None
    if not is_sound(licence):
        raise LicenceDamaged
    return licence


def is_sound(licence: Licence) -> bool:
    return 1 <= licence.seats <= MOST_SEATS and licence.starts_on <= licence.ends_on


def _name_of(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()[:SIGNER_CHARACTERS]


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def live_seats(keys: Iterable[Licence], today: date) -> Counter[str]:
    """Seats by plan, of the keys whose term includes this day."""
    found: Counter[str] = Counter()
    for key in keys:
        if key.starts_on <= today <= key.ends_on:
            found[key.plan] += key.seats
    return found


def surplus(used: Mapping[str, int], seats: Mapping[str, int]) -> Counter[str]:
    """Devices by plan for which it has no seat."""
    over = {plan: count - seats.get(plan, 0) for plan, count in used.items()}
    return Counter({plan: count for plan, count in over.items() if count > 0})


def to_move(used: Mapping[str, int], seats: Mapping[str, int], plan: str) -> dict[str, int]:
    """Devices by plan that can go to another plan: those without a seat, as far as it has seats."""
    free = seats.get(plan, 0) - used.get(plan, 0)
    found = {}
    for other, over in sorted(surplus(used, seats).items()):
        # A plan with a surplus has no free seat of its own.
        if number := min(over, max(free, 0)):
            found[other] = number
            free -= number
    return found


def state_of(keys: Iterable[Licence], used: Mapping[str, int], today: date) -> LicenceState:
    """How a tenant stands (L3).

    A key that begins later has not ended: with it nothing is suspended before its own end.
    """
    known = list(keys)
    if not known:
        return LicenceState.UNLIMITED
    if all(key.ends_on < today for key in known):
        return LicenceState.SUSPENDED
    has_surplus = bool(surplus(used, live_seats(known, today)))
    return LicenceState.OVERENROLLED if has_surplus else LicenceState.OK


def warning_of(ends_on: date, today: date) -> int | None:
    """Of which number of days before its end admins are told by now; None for none, or too late."""
    if ends_on < today:
        return None
    return next((days for days in WARNED_DAYS if ends_on - today <= timedelta(days=days)), None)


def may_offer(programmes: Iterable[str], certified: Iterable[str]) -> bool:
    """Whether a partner may offer a plan that asks for one of these programmes (T4)."""
    asked = set(programmes)
    return not asked or bool(asked & set(certified))
