"""Standard Webhooks 1.0 as pure functions: what is sent, how it is signed, when it is tried again.

Source: https://github.com/standard-webhooks/standard-webhooks (spec, 1.0).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

PREFIX = "whsec_"
SECRET_BYTES = 32
# After the first try: over three days in all, as the standard proposes.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# Its receivers, however many and slow they are, keep no more threads than that busy.
LANES = 2


def lane_of(tenant: int, webhook: int) -> str:
    """Deliveries of a lane are tried one after another; a tenant has few lanes."""
    return f"webhooks:{tenant}:{webhook % LANES}"


def wait_after(tries: int) -> timedelta | None:
    """How long to wait when so many tries have failed; None: it is given up."""
    return WAITS[tries - 1] if tries <= len(WAITS) else None


def is_taken(status: int) -> bool:
    """Whether the receiver has accepted what was sent."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def is_gone(status: int) -> bool:
    """Whether the receiver wants nothing more, ever."""
    return status == HTTPStatus.GONE


def secret_of(key: bytes) -> str:
    """A key as receivers are given it."""
    return PREFIX + base64.b64encode(key).decode()


def body_of(kind: str, data: Mapping[str, object], at: datetime) -> str:
    """What is sent: the same characters each time, since they are signed."""
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, ensure_ascii=False)


def headers_of(secrets: Sequence[str], uid: str, body: str, at: datetime) -> dict[str, str]:
    """The headers of one try, signed with each secret: receivers accept any of them."""
    second = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "webhook-id": uid,
        "webhook-timestamp": second,
        "webhook-signature": " ".join(_signature(one, uid, second, body) for one in secrets),
    }


def _signature(secret: str, uid: str, second: str, body: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{uid}.{second}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
