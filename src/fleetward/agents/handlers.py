"""What `agents` does when devices change. The app's configuration imports it."""

from __future__ import annotations

from collections.abc import Sequence

from fleetward.agents.actions.following import count_left, follow_devices, follow_move
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
        return count_left(move=move)


register(CredentialsFollow())
register_reassignment(CredentialsFollow())
