"""A real worker asks all vendors of a run at the same time, by default settings; with its control.

`check.test_asking` shows the same for the command that needs no server.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import pytest

from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.runs import start_run
from tests.bulk import CREDENTIALS, MANUFACTURERS, PRODUCT_NUMBER, set_up
from tests.cast import add_devices, make_tenant
from tests.chaos.real_workers import real_workers
from tests.plugins.database import FreshDatabase
from tests.simulators import Simulators, held

pytestmark = pytest.mark.chaos
# Those vendors that come first have a batch for each lane, so that they alone could keep a worker.
DEVICES = {"apple": 3, "cisco": 225, "dell": 300}


@dataclass(frozen=True)
class Place:
    environment: dict[str, str]
    vendors: Simulators


@pytest.fixture
def place(fresh_database: FreshDatabase, vendors: Simulators) -> Place:
    """A run of devices of every vendor, which waits for its first worker."""
    tenant = make_tenant().id
    for vendor in CREDENTIALS:
        count = DEVICES.get(vendor, 1)
        add_devices(tenant, count, MANUFACTURERS[vendor], product_number=PRODUCT_NUMBER)
    start_run(actor=set_up(tenant), tenant=tenant, now=utc_now())
    address = {"DATABASE_URL": fresh_database.url, "PYTHONPATH": os.pathsep.join(sys.path)}
    return Place({**os.environ, **address}, vendors)


def test_a_worker_asks_all_vendors_at_once(place: Place) -> None:
    with held(place.vendors, *CREDENTIALS) as asked, real_workers(place.environment, 1):
        assert asked.wait_at_once()


def test_control_a_worker_of_one_thread_asks_them_in_turn(place: Place) -> None:
    one = ("--threads", "1")
    with held(place.vendors, *CREDENTIALS) as asked, real_workers(place.environment, 1, *one):
        assert asked.wait_for("apple")
        assert not asked.wait_at_once(patience=2)
