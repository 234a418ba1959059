"""What `agents` does when devices change. The app's configuration imports it."""

from __future__ import annotations

from fleetward.agents.actions.following import follow_devices
from fleetward.devices.actions.effects import register


class CredentialsFollow:
    """A `DeviceEffect`."""

    def devices_written(self, *, tenant: int) -> None:
        follow_devices(tenant=tenant)


register(CredentialsFollow())
