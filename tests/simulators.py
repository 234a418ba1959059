"""Starts the vendor simulators as a real server on a free loopback port, and turns their dials.

`simulators` is a pytest fixture (import it in a conftest); `running_simulators` serves others.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleetward.cli.ports import free_port
from fleetward_simulators.app import VENDORS as PLAYED

ANCHOR = date(2026, 3, 1)
VENDORS = tuple(PLAYED)
# What a client must allow to reach them.
ALLOW_INTERNAL = ("127.0.0.1",)

_SOURCE = Path(__file__).resolve().parents[1] / "src"


@dataclass(frozen=True)
class Simulators:
    """The simulators of one server. Dials and statistics are of one vendor each."""

    root: str
    control: httpx.Client

    def base_url(self, vendor: str) -> str:
        return f"{self.root}/{vendor}"

    def dial(self, vendor: str, **dials: Any) -> None:
        """Set some dials; the others stay."""
        answer = self.control.post(f"{self.base_url(vendor)}/_dials", json=dials)
        assert answer.status_code == 200, answer.text

    def stats(self, vendor: str) -> dict[str, Any]:
        """What was asked since the latest reset; `serials` needs the dial `count_serials`."""
        stats: dict[str, Any] = self.control.get(f"{self.base_url(vendor)}/_stats?serials=1").json()
        return stats

    def reset(self) -> None:
        """Dials at rest, statistics at zero; HP's jobs take no time."""
        for vendor in VENDORS:
            self.control.delete(f"{self.base_url(vendor)}/_dials")
        self.dial("hp", job_seconds=0)


@dataclass(frozen=True)
class Held:
    """Vendors that answer no data call for now."""

    simulators: Simulators
    vendors: tuple[str, ...]

    def wait_for(self, vendor: str) -> bool:
        """Whether a call to one of them waits."""
        return Held(self.simulators, (vendor,)).wait_at_once()

    def wait_at_once(self, patience: float = 60) -> bool:
        """Whether a call to each of them waits, all at one moment. It does not say how soon."""
        give_up = time.monotonic() + patience
        while time.monotonic() < give_up:
            # What waits before and after a look at all the others has waited beside them.
            before = self._waiting()
            if all(held for held, _calls in before) and self._waiting() == before:
                return True
            time.sleep(0.05)
        return False

    def _waiting(self) -> list[tuple[int, int]]:
        stats = map(self.simulators.stats, self.vendors)
        return [(one["held"], one["data_calls"]) for one in stats]


@contextmanager
def held(simulators: Simulators, *vendors: str) -> Iterator[Held]:
    """The vendors keep callers waiting while the block runs."""
    for vendor in vendors:
        simulators.dial(vendor, hold=True)
    try:
        yield Held(simulators, vendors)
    finally:
        for vendor in vendors:
            simulators.dial(vendor, hold=False)


@contextmanager
def running_simulators(anchor: date = ANCHOR) -> Iterator[Simulators]:
    """The simulators while the block runs."""
    port = free_port()
    command = [sys.executable, "-m", "fleetward_simulators.main", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--anchor", anchor.isoformat()],
        env={**os.environ, "PYTHONPATH": str(_SOURCE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        with httpx.Client(trust_env=False) as control:
            simulators = Simulators(f"http://127.0.0.1:{port}", control)
            _wait_for(simulators, process)
            simulators.reset()
            yield simulators
    finally:
        process.terminate()
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def simulator_server() -> Iterator[Simulators]:
    with running_simulators() as simulators:
        yield simulators


@pytest.fixture
def simulators(simulator_server: Simulators) -> Simulators:
    """The simulators, with every dial at rest."""
    simulator_server.reset()
    return simulator_server


def _wait_for(simulators: Simulators, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 15
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(process.stderr.read().decode() if process.stderr else "it ended")
        try:
            simulators.control.get(simulators.root)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the simulators did not start within 15 seconds")
