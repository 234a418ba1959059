"""The installation's own list of serials that identify nothing (E12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.models import JunkSerial
from fleetward.devices.rules import JunkList
from fleetward.infra.tx import take_turns
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import Forbidden


@use_case
def change_junk_serials(*, actor: Actor, serials: Sequence[str], now: datetime) -> int:
    """Replace the list for every tenant; returns its length. An empty one means ours again.

    Devices that are stored already stay; imports and entries from now on are judged by it. Of two
    that are set at once the later one stands, whole.
    Raises: Forbidden.   Audit: device.junk_serials_changed
    """
    if not actor.is_operator:
        raise Forbidden
    keys = sorted(JunkList.of(serials).keys)
    take_turns(JunkSerial)
    JunkSerial.objects.all().delete()
    JunkSerial.objects.bulk_create([JunkSerial(serial=key) for key in keys])
    record(
        actor=actor,
        verb=Verb.JUNK_SERIALS_CHANGED,
        tenant=None,
        details={"entries_after": len(keys)},
        now=now,
    )
    return len(keys)
