"""Finding what the rows of a batch name.

A batch and its outcomes are one transaction: a killed worker's is as if it had never begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from fleetward.access.contracts import Capability
from fleetward.access.queries import scope
from fleetward.devices.imports.actions import batches
from fleetward.devices.imports.contracts import Batch
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.queries import CONTEXT
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor


def match_next(actor: Actor, found: SerialList, now: datetime) -> bool:
    """Find what the rows of the next batch name; False once there is none."""
    with tenant_scope([found.tenant_id]):
        held = SerialList.objects.select_for_update().get(id=found.id)
        number, cut = held.done_batches, msgspec.convert(held.batches, list[Batch])
        if number == len(cut):
            return False
        batches.stage(folder_of(held.uid).batch(number))
        held.counts = dict(Counter(held.counts) + Counter(_match(actor, held, cut[number])))
        held.done_batches, held.heartbeat_at = number + 1, now
        held.save(update_fields=["counts", "done_batches", "heartbeat_at"])
        return True


def _match(actor: Actor, held: SerialList, batch: Batch) -> Mapping[str, int]:
    params: dict[str, Any] = scope(actor, Capability.DELETE_DEVICES).params(held.tenant_id)
    params |= {"list": held.id, "first": batch.first, "last": batch.last}
    return dict(sql.fetch(CONTEXT, "match_serials", params))
