"""How many devices use a seat of a licence (L3): deleted and archived ones use none (E10)."""

from __future__ import annotations

from collections.abc import Mapping

from fleetward.devices.models import Device


class SeatsInUse:
    """A `SeatCount`."""

    def in_use(self, tenant: int, plan: str) -> Mapping[str, int]:
        return {plan: Device.objects.filter(tenant_id=tenant, is_active=True).count()}
