"""How many devices use a seat of a licence (L3): deleted and archived ones use none (E10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db.models import Count

from fleetward.devices.models import Device


class SeatsInUse:
    """A `SeatCount`."""

    def in_use(self, tenant: int, plan: str) -> Mapping[str, int]:
        active = Device.objects.filter(tenant_id=tenant, is_active=True)
        found: Counter[str] = Counter()
        for own, count in active.values_list("plan").annotate(count=Count("id")).order_by():
            found[own or plan] += count
        return found
