"""Runs in one process against the real simulators."""

from __future__ import annotations

import pytest

from tests.plugins.variables import SetEnv
from tests.simulators import VENDORS, Simulators, simulator_server, simulators

__all__ = ["simulator_server", "simulators", "vendors"]


@pytest.fixture
def vendors(simulators: Simulators, set_env: SetEnv) -> Simulators:
    """The simulators as the providers of this installation, without a quota."""
    for vendor in VENDORS:
        prefix = f"FLEETWARD_PROVIDERS__{vendor.upper()}"
        address = simulators.base_url(vendor)
        set_env(**{f"{prefix}__BASE_URL": address, f"{prefix}__CALLS_PER_MINUTE": "0"})
    return simulators
