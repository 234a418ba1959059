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
