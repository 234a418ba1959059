"""Counting what has become of the devices of a selection by when they are exported."""

from __future__ import annotations

from fleetward.access.contracts import Capability
from fleetward.access.queries import scope
from fleetward.devices.bulk.contracts import SinceSelected
from fleetward.devices.bulk.queries import count_selected, count_since
from fleetward.kernel.actor import Actor
from fleetward.warranty.models import Export


def count_since_selected(export: Export, actor: Actor, *, wants_active: bool) -> dict[str, int]:
    """Note it in the export, and tell it; nothing of what is no selection.

    In the transaction of the list and behind it: what happens between the two is told, though the
    file does not have it yet.

    Raises: SelectionGone, after a database was restored or mended; the list would be empty.
    """
    if export.selection_id is None:
        return {}
    devices = count_selected(selection=export.selection_id)
    changed_since, gone = count_since(
        scope(actor, Capability.EXPORT_DEVICES),
        tenant=export.tenant_id,
        selection=export.selection_id,
        wants_active=wants_active,
    )
    export.selected, export.changed_since, export.gone = devices, changed_since, gone
    return SinceSelected(devices, changed_since, gone).told
