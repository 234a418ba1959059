"""Capabilities, and the scope of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleetward.kernel.rights import Capability

__all__ = ["ABOUT_DEVICES", "Capability", "Scope"]

# Of what a partner may do in its own tenant, all that is about devices: those of its customers.
ABOUT_DEVICES = frozenset(
    {Capability.SEE_DEVICES, Capability.SEE_WARRANTY, Capability.EXPORT_DEVICES}
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the visibility door `devices_visible(tenants, locations, capability)` is fed with.

    `spans`: the customers that a partner's own lists show (T5).
    """

    tenants: tuple[int, ...]
    locations: tuple[int, ...]
    capability: Capability
    spans: Mapping[int, tuple[int, ...]]

    def within(self, tenant: int) -> tuple[int, ...]:
        """The tenants whose devices a list of this one shows: its own, or its customers'."""
        seen = set(self.tenants)
        return tuple(one for one in self.spans.get(tenant, (tenant,)) if one in seen)

    def params(self, tenant: int) -> dict[str, object]:
        """The parameters of a statement that goes through the door, in one tenant."""
        return {
            "tenants": list(self.tenants),
            "locations": list(self.locations),
            "capability": str(self.capability),
            "tenant": tenant,
        }
