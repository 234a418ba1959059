"""Devices by their public ids: locked as far as the actor may touch them, and told in short.

What users select in lists is kept by `devices.bulk`.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

from fleetward.access.contracts import Capability
from fleetward.access.queries import scope
from fleetward.infra import sql
from fleetward.kernel.actor import Actor


def locked_ids(
    actor: Actor, tenant: int, uids: Sequence[uuid.UUID], capability: Capability
) -> list[int]:
    """Internal ids of those devices of the tenant that the actor may touch, locked."""
    params = scope(actor, capability).params(tenant) | {"uids": list(uids)}
    return [number for (number,) in sql.fetch("devices", "claim_devices", params)]


def digest_of(uids: Sequence[uuid.UUID]) -> str:
    """Devices in short, whatever their order."""
    return hashlib.sha256("\n".join(sorted(map(str, uids))).encode()).hexdigest()
