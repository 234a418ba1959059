"""Each connector with its simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from fleetward.connectors.apple.assertion import new_key
from fleetward.connectors.apple.provider import AppleProvider
from fleetward.connectors.cisco.provider import CiscoProvider
from fleetward.connectors.dell.provider import DellProvider
from fleetward.connectors.dynabook.provider import DynabookProvider
from fleetward.connectors.hp_warranty.provider import HpWarrantyProvider
from fleetward.connectors.lenovo.provider import LenovoProvider
from fleetward.connectors.memory import MemoryConnection
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import Answer, AnswerKind, DeviceKey, Reason, WarrantyProvider
from fleetward_simulators.fate import Machine
from tests.simulators import ALLOW_INTERNAL, Simulators, simulator_server, simulators

__all__ = ["simulator_server", "simulators"]

PROVIDERS: dict[str, Callable[[HttpClient], WarrantyProvider]] = {
    "apple": AppleProvider,
    "cisco": CiscoProvider,
    "dell": DellProvider,
    "dynabook": DynabookProvider,
    "lenovo": LenovoProvider,
    "hp": HpWarrantyProvider,
}
SECRET = "c4n4ry-s3cret/+="
# Made once: a secret that is a key.
KEY = new_key()
Days = tuple[date | None, date | None]


def every_line(machine: Machine) -> set[Days]:
    """Beginning and end of all that is known of a machine."""
    return {(span.starts_on, span.ends_on) for span in machine.spans}


def two_ends(machine: Machine) -> set[Days]:
    """The ends of the warranty and of one contract: all that Cisco tells."""
    ends = {span.role: span.ends_on for span in machine.spans}
    contracts = ("subscription", "contract", "extension", "cancelled")
    told = [
        role for role in ("base", next((r for r in contracts if r in ends), "")) if role in ends
    ]
    return {(None, ends[role]) for role in told}


def without_others(machine: Machine) -> set[Days]:
    """All but what is no hardware cover."""
    return {(span.starts_on, span.ends_on) for span in machine.spans if span.role != "other"}


def standard_and_bought(machine: Machine) -> set[Days]:
    """The standard warranty and the programmes beside it: Dynabook tells of nothing else."""
    told = [span for span in machine.spans if span.role in ("base", "extension", "contract")]
    return {(span.starts_on, span.ends_on) for span in told}


@dataclass(frozen=True)
class Habits:
    """How a vendor differs from the others. `calls`: of its data service, for one answer.

    `half`: what the other half of a batch gets when only one half comes back.
    """

    secret: str = SECRET
    product_number: str = ""
    has_token: bool = True
    calls: int = 1
    tells: Callable[[Machine], set[Days]] = every_line
    half: frozenset[AnswerKind] = frozenset()
    has_model: bool = True


HABITS = {
    "apple": Habits(secret=KEY, tells=without_others, has_model=False),
    "cisco": Habits(tells=two_ends),
    "dell": Habits(),
    "dynabook": Habits(product_number="A1PMX21E1113", has_token=False, tells=standard_and_bought),
    # It says "not found" by leaving out; of the others silence says nothing.
    "lenovo": Habits(has_token=False, half=frozenset({AnswerKind.NOT_FOUND})),
    "hp": Habits(calls=3),
}


@dataclass
class Vendor:
    """A connector, the connection it is given, and the dials of the simulator behind it."""

    key: str
    provider: WarrantyProvider
    conn: MemoryConnection
    simulators: Simulators

    @property
    def habits(self) -> Habits:
        return HABITS[self.key]

    def dial(self, **dials: object) -> None:
        self.simulators.dial(self.key, **dials)

    def stats(self) -> dict[str, Any]:
        return self.simulators.stats(self.key)

    def with_secret(self, secret: str) -> Vendor:
        """The same with other credentials."""
        return Vendor(self.key, self.provider, connection(self.conn, secret), self.simulators)

    def answers(self, devices: Sequence[DeviceKey]) -> dict[DeviceKey, Answer]:
        """Each device's answer, in batches that the vendor takes; follows marks as a run does."""
        found: dict[DeviceKey, Answer] = {}
        size = self.provider.traits.max_batch
        for start in range(0, len(devices), size):
            for answer in self._batch(devices[start : start + size]):
                assert answer.key not in found, "answered twice"
                found[answer.key] = answer
        return found

    def _batch(self, devices: Sequence[DeviceKey]) -> Iterator[Answer]:
        mark: str | None = None
        for _ in range(20):
            page = self.provider.ask(self.conn, devices, mark)
            # Whatever needed a call was answered by a simulator.
            assert page.is_simulated or all(
                answer.reason is Reason.JUNK_SERIAL for answer in page.answers
            )
            assert page.wait <= timedelta(seconds=2)
            yield from page.answers
            mark = page.resume
            if mark is None:
                return
        raise AssertionError("the pages do not end")


def connection(like: MemoryConnection, secret: str) -> MemoryConnection:
    """The same with this secret, by all the names that vendors have for it."""
    names = ("client_secret", "client_id", "key_id", "private_key")
    settings = {"client_id": "an-app", "organisation": "business"}
    secrets = dict.fromkeys(names, secret)
    return MemoryConnection(like.provider, like.base_url, settings, secrets)


@pytest.fixture(scope="session")
def http() -> Iterator[HttpClient]:
    client = HttpClient(allow_internal=ALLOW_INTERNAL, read_seconds=1.0)
    yield client
    client.close()


@pytest.fixture(params=sorted(PROVIDERS))
def vendor(request: pytest.FixtureRequest, simulators: Simulators, http: HttpClient) -> Vendor:
    """Each vendor in turn."""
    key: str = request.param
    return vendor_of(key, simulators, http)


def vendor_of(key: str, simulators: Simulators, http: HttpClient) -> Vendor:
    base = MemoryConnection(key, simulators.base_url(key))
    conn = connection(base, HABITS[key].secret)
    return Vendor(key, PROVIDERS[key](http), conn, simulators)
