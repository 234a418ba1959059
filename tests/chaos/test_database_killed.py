"""`kill -9` of the database: what was acknowledged is there, and nothing twice (hardening 3).

On a server of its own, whose processes in the background stand still, so that nothing reaches the
disk but by a commit that waits for it. The controls take that away from the commits, and the same
harness reports a loss.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from django.db import Error, connection
from pytest_django.plugin import DjangoDbBlocker

from fleetward.devices.imports.actions import analyse_import, run_import
from fleetward.devices.imports.contracts import ImportDetail, ImportState
from fleetward.devices.imports.queries import find_run_id, get_import
from fleetward.devices.models import Device
from fleetward.identity.actions import issue_token
from fleetward.identity.models import User
from fleetward.infra.embedded_postgres import Cluster
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import lanes
from fleetward.warranty.actions.lanes import Lane
from fleetward.warranty.actions.moves import Claim
from fleetward.warranty.actions.opening import open_lane
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.models import Batch, KeptPage
from tests.bulk import begin, finish, set_up
from tests.cast import actor_of, add_devices, make_cast, make_tenant
from tests.chaos import test_run_killed as runs
from tests.chaos.test_import_killed import (
    BATCH,
    LIST,
    Place,
    devices,
    is_complete,
    standing_still,
    worker,
)
from tests.plugins.database import FreshDatabase, django_on
from tests.plugins.environment import run_dir
from tests.plugins.server import APP, OWNER, SETTINGS, Server, start
from tests.plugins.site import Site, running_site
from tests.plugins.variables import SetEnv
from tests.simulators import Simulators

pytestmark = pytest.mark.chaos
_number = count(1)
DURABLE = {**SETTINGS, "fsync": "on", "full_page_writes": "on", "autovacuum": "off"}
IN_THE_BACKGROUND = ["walwriter", "background writer", "checkpointer"]


@dataclass
class Fleet:
    """A site on a server that can be killed. Lists go to one tenant, single devices to another."""

    cluster: Cluster
    site: Site
    lists: Place
    list_token: str
    other_tenant: int
    other_token: str
    acknowledged: dict[str, str] = field(default_factory=dict)

    def send(self, path: str, token: str, key: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        headers |= {"Content-Type": "text/csv"} if "content" in body else {}
        address = f"{self.site.url}/api/v1{path}"
        return httpx.post(address, headers=headers, timeout=60, **body)

    def add(self, serial: str) -> httpx.Response:
        """A device, with its serial as the key of the request."""
        body = {"manufacturer": "Dell", "serial": serial}
        answer = self.send("/devices", self.other_token, serial, json=body)
        assert answer.status_code == 201, answer.text
        return answer

    def add_for_good(self, serial: str) -> None:
        self.acknowledged[serial] = self.add(serial).json()["id"]

    def stored(self) -> dict[str, str]:
        with tenant_scope([self.other_tenant]):
            found = Device.objects.values_list("serial", "uid")
            return {serial: str(uid) for serial, uid in found}


@pytest.fixture
def small_batches(set_env: SetEnv) -> None:
    set_env(FLEETWARD_IMPORTS__BATCH_ROWS=str(BATCH))


def token_of(user: User, tenant: int) -> str:
    actor = actor_of(user)
    return issue_token(actor=actor, user_id=user.id, tenant=tenant, name="chaos", now=utc_now())


@contextlib.contextmanager
def database_on(
    blocker: DjangoDbBlocker, synchronous_commit: str
) -> Iterator[tuple[Cluster, FreshDatabase]]:
    """A server that can be killed, with Django connected to a database on it."""
    settings = {**DURABLE, "synchronous_commit": synchronous_commit}
    # Other tests of the run have had such a server, and its logs.
    name = f"killed_{synchronous_commit}_{next(_number)}"
    cluster = Cluster(run_dir() / name, settings)
    server = Server(cluster.superuser_url, cluster)
    start(server)
    try:
        server.clone(name)
        database = FreshDatabase(name, server.url(APP, name), server.url(OWNER, name))
        with blocker.unblock(), django_on(database.url):
            yield cluster, database
    finally:
        server.stop()


@contextlib.contextmanager
def fleet_on(
    blocker: DjangoDbBlocker, simulators: Simulators, synchronous_commit: str
) -> Iterator[Fleet]:
    with (
        database_on(blocker, synchronous_commit) as (cluster, database),
        running_site(database, simulators, has_worker=False) as site,
    ):
        cast = make_cast()
        yield Fleet(
            cluster=cluster,
            site=site,
            lists=Place(actor_of(cast.device_admin), cast.acme.id, database.url),
            list_token=token_of(cast.device_admin, cast.acme.id),
            other_tenant=cast.other.id,
            other_token=token_of(cast.outsider, cast.other.id),
        )


def stand_still(cluster: Cluster) -> list[int]:
    """All is on disk until now; from now on nobody writes the log but those who wait for it."""
    with psycopg.connect(cluster.superuser_url, autocommit=True) as admin:
        admin.execute("CHECKPOINT")
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = ANY (%s)"
        pids = [pid for (pid,) in admin.execute(query, [IN_THE_BACKGROUND])]
    assert len(pids) == len(IN_THE_BACKGROUND)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    return pids


def stop_our_backend() -> int:
    """Left alone it would drop its temporary tables when the server dies, and write the log."""
    pid = connection.connection.info.backend_pid
    os.kill(pid, signal.SIGSTOP)
    return int(pid)


def kill_and_restart(cluster: Cluster, stopped: list[int]) -> None:
    assert cluster.process
    for pid in (cluster.process.pid, *stopped):
        os.kill(pid, signal.SIGKILL)
    cluster.process.wait()
    cluster.start()


def killed_amid_an_import(fleet: Fleet) -> ImportDetail:
    """One batch is stored, the next is written, and a device was acknowledged a moment ago."""
    sent = fleet.send("/imports?start=true", fleet.list_token, "list", content=LIST)
    assert sent.status_code == 202, sent.text
    fleet.add_for_good("EARLY01")
    place, uid = fleet.lists, UUID(sent.json()["id"])
    run = find_run_id(actor=place.actor, tenant=place.tenant, uid=uid)
    analyse_import(tenant=place.tenant, run=run, clock=utc_now, is_queued=False)
    present = get_import(actor=place.actor, tenant=place.tenant, uid=uid)
    storing = worker(place, present, "undisturbed", lanes=1)
    with standing_still(fleet.lists, lanes=1):
        assert not devices(fleet.lists)
    # The connection that stands still is one of those that end with the server.
    with contextlib.suppress(Error), standing_still(fleet.lists, lanes=1):
        stopped = stand_still(fleet.cluster)
        fleet.add_for_good("LATE001")
        fleet.add_for_good("LATE002")
        kill_and_restart(fleet.cluster, stopped)
    connection.close()
    storing.kill()
    storing.communicate()
    return present


def test_what_was_acknowledged_outlives_the_database_and_the_import_goes_on(
    django_db_blocker: DjangoDbBlocker, simulators: Simulators, small_batches: None
) -> None:
    with fleet_on(django_db_blocker, simulators, "on") as fleet:
        found, place = killed_amid_an_import(fleet).summary, fleet.lists

        def present() -> ImportDetail:
            return get_import(actor=place.actor, tenant=place.tenant, uid=found.uid)

        assert fleet.stored() == fleet.acknowledged
        assert (present().summary.state, devices(place)) == (ImportState.RUNNING, BATCH)
        again = fleet.add("LATE002")
        assert again.headers["Idempotency-Replayed"] == "true"
        assert fleet.stored() == fleet.acknowledged
        run_import(tenant=place.tenant, run=found.id, clock=utc_now)
        assert is_complete(place, present())


def test_control_commits_that_do_not_wait_for_the_disk_lose_what_was_acknowledged(
    django_db_blocker: DjangoDbBlocker, simulators: Simulators, small_batches: None
) -> None:
    with fleet_on(django_db_blocker, simulators, "off") as fleet:
        killed_amid_an_import(fleet)
        assert set(fleet.stored()) == {"EARLY01"}
        assert set(fleet.acknowledged) == {"EARLY01", "LATE001", "LATE002"}


@dataclass
class KilledRun:
    """A run whose lane had stored one batch, kept the answer about one, and claimed one more."""

    place: runs.Place
    run: RunRow
    stored: Claim
    kept: Claim
    claimed: Claim

    def states(self) -> list[str]:
        with tenant_scope([self.place.tenant]):
            found = dict(Batch.objects.filter(run_id=self.run.id).values_list("id", "state"))
        return [found[one.id] for one in (self.stored, self.kept, self.claimed)]

    def pages(self) -> int:
        with tenant_scope([self.place.tenant]):
            return KeptPage.objects.filter(run_id=self.run.id).count()


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane claims one batch at a time, and stores when it is told to."""
    monkeypatch.setattr(lanes, "CLAIMS_WITHOUT_QUOTA", 1)
    monkeypatch.setattr(lanes, "STORE_AFTER", timedelta(hours=1))


def next_claim(lane: Lane) -> Claim:
    (claim,), _ = lane.claim()
    return claim


def answered(lane: Lane) -> Claim:
    claim = next_claim(lane)
    lane.take_on(claim, lanes.NO_WAIT)
    return claim


def killed_amid_a_run(cluster: Cluster, url: str, vendors: Simulators) -> KilledRun:
    tenant = make_tenant().id
    place = runs.Place(set_up(tenant, "dell"), tenant, url, vendors)
    vendors.dial("dell", count_serials=True)
    add_devices(tenant, runs.DEVICES)
    run = begin(place.actor, tenant)
    lane = open_lane(place.actor, run.id, tenant, "dell")
    assert isinstance(lane, Lane)
    stopped = stand_still(cluster)
    stored = answered(lane)
    lane.store()
    killed = KilledRun(place, run, stored, kept=answered(lane), claimed=next_claim(lane))
    assert (killed.states(), killed.pages()) == (["DONE", "CLAIMED", "CLAIMED"], 1)
    kill_and_restart(cluster, [*stopped, stop_our_backend()])
    connection.close()
    return killed


def serials_of(claim: Claim) -> set[str]:
    return {key.serial for key in claim.keys.values()}


def test_a_run_goes_on_and_asks_again_about_nothing_that_was_stored(
    django_db_blocker: DjangoDbBlocker, vendors: Simulators, one_by_one: None
) -> None:
    """A crash costs the claims since the latest commit that waited, and the pages kept."""
    with database_on(django_db_blocker, "on") as (cluster, database):
        killed = killed_amid_a_run(cluster, database.url, vendors)
        assert (killed.states(), killed.pages()) == (["DONE", "OPEN", "OPEN"], 0)
        assert runs.recorded(killed.place) == serials_of(killed.stored)
        finish(killed.place.tenant, killed.run)
        assert runs.asked_twice(killed.place) == serials_of(killed.kept)
        runs.nothing_is_lost_or_doubled(killed.place, killed.run)


def test_control_answers_whose_storing_does_not_wait_for_the_disk_are_asked_for_again(
    django_db_blocker: DjangoDbBlocker, vendors: Simulators, one_by_one: None
) -> None:
    with database_on(django_db_blocker, "off") as (cluster, database):
        killed = killed_amid_a_run(cluster, database.url, vendors)
        assert killed.states() == ["OPEN", "OPEN", "OPEN"]
        finish(killed.place.tenant, killed.run)
        again = serials_of(killed.stored) | serials_of(killed.kept)
        assert runs.asked_twice(killed.place) == again
