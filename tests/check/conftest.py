"""A running simulator of all vendors, with its dials at rest before each test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import pytest

from fleetward.cli.check_simulators import simulators

VENDORS = ("dell", "hp", "lenovo")


@dataclass(frozen=True)
class Simulator:
    """Where the simulated vendors are, and their dials."""

    base: str

    def url(self, vendor: str) -> str:
        return f"{self.base}/{vendor}"

    def turn(self, vendor: str, **dials: object) -> None:
        self._call("POST", f"{vendor}/_dials", json.dumps(dials).encode())

    def reset(self) -> None:
        for vendor in VENDORS:
            self._call("DELETE", f"{vendor}/_dials")
            self.turn(vendor, count_serials=True, job_seconds=0.1)

    def stats(self, vendor: str) -> dict[str, Any]:
        return self._call("GET", f"{vendor}/_stats?serials=1")

    def _call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        request = Request(f"{self.base}/{path}", data=body, method=method)
        with urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@pytest.fixture(scope="session")
def _running() -> Iterator[Simulator]:
    with simulators() as base:
        yield Simulator(base)


@pytest.fixture
def simulator(_running: Simulator) -> Simulator:
    _running.reset()
    return _running
