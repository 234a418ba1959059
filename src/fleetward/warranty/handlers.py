"""What `warranty` does when lower contexts change something. The app's configuration imports it."""

from __future__ import annotations

from collections.abc import Sequence

from fleetward.devices.actions.effects import register
from fleetward.devices.actions.moving import register_reassignment
from fleetward.devices.bulk.actions import register_reader
from fleetward.devices.contracts import EffectLine, Move
from fleetward.warranty.actions.following import follow_devices
from fleetward.warranty.actions.reassigning import count_effects, follow_move
from fleetward.warranty.exports.queries import exports_selection
from fleetward.warranty.queries.runs import reads_selection


class WarrantyFollows:
    """A `DeviceEffect`, a `ReassignmentEffect`, and a `SelectionReader`."""

    def devices_written(self, *, tenant: int) -> None:
        follow_devices(tenant=tenant)

    def devices_reassigned(self, *, move: Move) -> None:
        follow_move(move=move)

    def preview(self, *, move: Move) -> Sequence[EffectLine]:
        return count_effects(move=move)

    def still_reads(self, selection: int) -> bool:
        is_read = reads_selection(selection=selection)
        return is_read or exports_selection(selection=selection)


register(WarrantyFollows())
register_reader(WarrantyFollows())
register_reassignment(WarrantyFollows())
