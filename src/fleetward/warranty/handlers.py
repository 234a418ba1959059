"""What `warranty` does when lower contexts change something. The app's configuration imports it."""

from __future__ import annotations

from fleetward.devices.actions.effects import register
from fleetward.warranty.actions.following import follow_devices


class WarrantyFollows:
    """A `DeviceEffect`."""

    def devices_written(self, *, tenant: int) -> None:
        follow_devices(tenant=tenant)


register(WarrantyFollows())
