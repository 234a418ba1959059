"""Runs in one process against the real simulators."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fleetward.config.env import env
from tests.simulators import VENDORS, Simulators, simulator_server, simulators

__all__ = ["simulator_server", "simulators", "vendors"]


@pytest.fixture
def vendors(simulators: Simulators, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulators]:
    """The simulators as the providers of this installation, without a quota."""
    for vendor in VENDORS:
        prefix = f"FLEETWARD_PROVIDERS__{vendor.upper()}"
        monkeypatch.setitem(os.environ, f"{prefix}__BASE_URL", simulators.base_url(vendor))
        monkeypatch.setitem(os.environ, f"{prefix}__CALLS_PER_MINUTE", "0")
    env.cache_clear()
    yield simulators
    monkeypatch.undo()
    env.cache_clear()
