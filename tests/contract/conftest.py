"""Each connector with its simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from fleetward.connectors.dell.provider import DellProvider
from fleetward.connectors.hp_warranty.provider import HpWarrantyProvider
from fleetward.connectors.lenovo.provider import LenovoProvider
from fleetward.connectors.memory import MemoryConnection
from fleetward.infra.http import HttpClient
from fleetward.warranty.contracts import Answer, DeviceKey, WarrantyProvider
from tests.simulators import ALLOW_INTERNAL, Simulators, simulator_server, simulators

__all__ = ["simulator_server", "simulators"]

PROVIDERS: dict[str, Callable[[HttpClient], WarrantyProvider]] = {
    "dell": DellProvider,
    "lenovo": LenovoProvider,
    "hp": HpWarrantyProvider,
}
SECRET = "c4n4ry-s3cret/+="


@dataclass
class Vendor:
    """A connector, the connection it is given, and the dials of the simulator behind it."""

    key: str
    provider: WarrantyProvider
    conn: MemoryConnection
    simulators: Simulators

    def dial(self, **dials: object) -> None:
        self.simulators.dial(self.key, **dials)

    def stats(self) -> dict[str, int]:
        return self.simulators.stats(self.key)

    def with_secret(self, secret: str) -> Vendor:
        """The same with other credentials."""
        return Vendor(self.key, self.provider, connection(self.conn, secret), self.simulators)

    def answers(self, devices: Sequence[DeviceKey]) -> dict[DeviceKey, Answer]:
        """All pages' answers, each device's once; follows marks as a run does."""
        found: dict[DeviceKey, Answer] = {}
        mark: str | None = None
        for _ in range(20):
            page = self.provider.ask(self.conn, devices, mark)
            assert page.is_simulated or not page.answers
            assert page.wait <= timedelta(seconds=2)
            for answer in page.answers:
                assert answer.key not in found, "answered twice"
                found[answer.key] = answer
            mark = page.resume
            if mark is None:
                return found
        raise AssertionError("the pages do not end")


def connection(like: MemoryConnection, secret: str) -> MemoryConnection:
    secrets = {"client_secret": secret, "client_id": secret}
    return MemoryConnection(like.provider, like.base_url, {"client_id": "an-app"}, secrets)


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
    return Vendor(key, PROVIDERS[key](http), connection(base, SECRET), simulators)
