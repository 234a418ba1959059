"""What upper contexts tell in the history of a device, within their own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleetward.devices.contracts import ChangeKind
from fleetward.devices.models import Change
from fleetward.kernel.actor import Actor


def note_warranty(
    *,
    actor: Actor,
    tenant: int,
    device: int,
    before: Mapping[str, object],
    after: Mapping[str, object],
    now: datetime,
) -> None:
    """Tell what became of the hand-entered warranty of a device: the fields that differ (W17).

    Whoever calls has looked whether the actor may.   Repeat: without a difference, does nothing.
    """
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return
    Change.objects.create(
        tenant_id=tenant,
        device_id=device,
        at=now,
        actor=actor.name,
        on_behalf=actor.on_behalf_of,
        kind=ChangeKind.WARRANTY,
        fields={name: {"before": before.get(name), "after": after.get(name)} for name in names},
        request_id=actor.request_id,
    )
