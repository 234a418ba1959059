"""What `agents` does when devices change. The app's configuration imports it."""

from __future__ import annotations

from collections.abc import Sequence

from fleetward.agents.actions.following import follow_devices, follow_move
from fleetward.devices.actions.effects import register
from fleetward.devices.actions.moving import register_reassignment
from fleetward.devices.contracts import EffectLine, Move


class CredentialsFollow:
    """A `DeviceEffect` and a `ReassignmentEffect`."""

    def devices_written(self, *, tenant: int) -> None:
        follow_devices(tenant=tenant)

    def devices_reassigned(self, *, move: Move) -> None:
        follow_move(move=move)

    def preview(self, *, move: Move) -> Sequence[EffectLine]:
        # A machine goes on with its credential: nobody has anything to decide about it.
        return ()


register(CredentialsFollow())
register_reassignment(CredentialsFollow())
