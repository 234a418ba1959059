"""Capabilities, and the scope of a question."""

from __future__ import annotations

from dataclasses import dataclass

from fleetward.kernel.rights import Capability

__all__ = ["Capability", "Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the visibility door `devices_visible(tenants, locations, capability)` is fed with."""

    tenants: tuple[int, ...]
    locations: tuple[int, ...]
    capability: Capability

    def params(self, tenant: int) -> dict[str, object]:
        """The parameters of a statement that goes through the door, in one tenant."""
        return {
            "tenants": list(self.tenants),
            "locations": list(self.locations),
            "capability": str(self.capability),
            "tenant": tenant,
        }
