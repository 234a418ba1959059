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

LONGEST = JunkSerial._meta.get_field("serial").max_length or 0


@use_case
def change_junk_serials(*, actor: Actor, serials: Sequence[str], now: datetime) -> int:
    """Replace the list for every tenant; returns its length. An empty one means ours again.

    Devices that are stored already stay; imports and entries from now on are judged by it. Of two
    that are set at once the later one stands, whole.
    Raises: Forbidden.   Audit: device.junk_serials_changed
    """
    if not actor.is_operator:
        raise Forbidden
    # What is longer than any serial of a device is the serial of none.
    keys = sorted(key for key in JunkList.of(serials).keys if len(key) <= LONGEST)
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
