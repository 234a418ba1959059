"""What `warranty` does when lower contexts change something. The app's configuration imports it."""

from __future__ import annotations

from fleetward.devices.actions.effects import register
from fleetward.devices.bulk.actions import register_reader
from fleetward.warranty.actions.following import follow_devices
from fleetward.warranty.exports.queries import exports_selection
from fleetward.warranty.queries.runs import reads_selection


class WarrantyFollows:
    """A `DeviceEffect`, and a `SelectionReader`."""

    def devices_written(self, *, tenant: int) -> None:
        follow_devices(tenant=tenant)

    def still_reads(self, selection: int) -> bool:
        is_read = reads_selection(selection=selection)
        return is_read or exports_selection(selection=selection)


register(WarrantyFollows())
register_reader(WarrantyFollows())
