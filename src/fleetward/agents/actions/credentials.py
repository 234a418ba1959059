"""The credential of a machine: worked out again from the key that the machine alone knows.

So it can be told again to whoever repeats an enrolment, although only its hash is kept.
"""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID, uuid4

from django.utils.crypto import salted_hmac

from fleetward.agents.contracts import Ask
from fleetward.agents.models import Agent
from fleetward.agents.rules import credential_digest, key_digest, request_digest

PREFIX = "fwa_"
_PURPOSE = "fleetward.agents.credential"


def credential_of(uid: UUID, key: str) -> str:
    """Of an agent and its key; another one for the same key once it was enrolled anew."""
    code = salted_hmac(_PURPOSE, f"{uid}:{key}", algorithm="sha256").digest()
    return PREFIX + base64.urlsafe_b64encode(code).decode().rstrip("=")


def issue(*, tenant: int, pin: int, device: int | None, ask: Ask, now: datetime) -> Agent:
    """Give a machine a credential; the device had one before, maybe, which ends."""
    if device is not None:
        Agent.objects.filter(device_id=device).delete()
    uid = uuid4()
    return Agent.objects.create(
        uid=uid,
        tenant_id=tenant,
        device_id=device,
        digest=credential_digest(credential_of(uid, ask.key)),
        key_digest=key_digest(ask.key),
        request_digest=request_digest(ask.machine),
        pin_id=pin,
        created_at=now,
    )
