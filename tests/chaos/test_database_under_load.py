"""`kill -9` of PostgreSQL, all its processes, five times under load (hardening 3).

Imports, runs, exports and reminders are at work, pages are looked at, and devices come in by the
API. What was acknowledged is there afterwards, and all work comes to the end that it comes to
without a kill. In the control commits do not wait for the disk, and the same harness tells a loss.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.plugin import DjangoDbBlocker

from fleetward.devices.models import Device
from fleetward.infra.embedded_postgres import Cluster
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import Role
from tests import invariants
from tests.cast import make_tenant, make_user
from tests.chaos.killing import Work, chance, end_waiting, is_over
from tests.chaos.test_database_killed import database_on, stand_still, token_of
from tests.chaos.works import Exports, Imports, Reminders, Runs, differences, mail_server
from tests.plugins.site import Site, running_site
from tests.races import PAUSE, wait_until
from tests.simulators import Simulators

pytestmark = pytest.mark.chaos
KILLS, AT_WORK, ACKNOWLEDGED_LAST, LONGEST_END = 5, 8, 3, 120.0


@dataclass
class Load:
    """People who send devices, each until it is acknowledged, and look at pages."""

    site: Site
    tenant: int
    token: str
    page: str
    cookies: dict[str, str]
    acknowledged: dict[str, str] = field(default_factory=dict)
    views: int = 0
    is_enough: Event = field(default_factory=Event)
    people: list[Future[None]] = field(default_factory=list)

    def send_devices(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        while not self.is_enough.is_set():
            serial = f"LOAD{len(self.acknowledged):05d}"
            body = {"manufacturer": "Dell", "serial": serial}
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.post(
                    f"{self.site.url}/api/v1/devices",
                    headers={**headers, "Idempotency-Key": serial},
                    json=body,
                    timeout=60,
                )
                if answer.status_code == 201:
                    self.acknowledged[serial] = answer.json()["id"]

    def look_at_pages(self) -> None:
        while not self.is_enough.is_set():
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.get(self.site.url + self.page, cookies=self.cookies, timeout=60)
                self.views += answer.status_code == 200

    def go_on(self, count: int) -> None:
        """Until so many more devices are acknowledged."""
        wanted = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= wanted, lambda: self.site.log_of("web"))

    def stop(self) -> int:
        """Let them come to an end; how many pages were looked at."""
        self.is_enough.set()
        for one in self.people:
            one.result()
        return self.views

    def stored(self) -> dict[str, str]:
        with tenant_scope([self.tenant]):
            found = Device.objects.values_list("serial", "uid")
            return {serial: str(uid) for serial, uid in found}


@dataclass
class House:
    """An installation at work, on a server that can be killed."""

    cluster: Cluster
    site: Site
    works: list[Work]
    load: Load

    def begin(self) -> None:
        """One more piece of everything."""
        for work in self.works:
            for _ in range(work.variety):
                work.begin()

    def kill(self) -> None:
        """Amid a job at least, and when devices were acknowledged a moment ago."""
        worker = self._standing_still()
        stand_still(self.cluster)
        # Nothing but their own commits can bring these to the disk.
        self.load.go_on(ACKNOWLEDGED_LAST)
        kill_all(self.cluster)
        connection.close()
        end_waiting()
        os.killpg(worker, signal.SIGCONT)

    def _standing_still(self) -> int:
        """The worker, stopped amid a job."""
        worker = self.site.running["worker"].pid
        names = [name for work in self.works for name in work.jobs]
        doing = ProcrastinateJob.objects.filter(status="doing", task_name__in=names)
        while True:
            if all(map(is_over, self.works)):
                self.begin()
            os.killpg(worker, signal.SIGSTOP)
            if doing.exists():
                return worker
            os.killpg(worker, signal.SIGCONT)
            time.sleep(PAUSE)

    def finish(self) -> None:
        """Until all work is over."""
        wait_until(self._is_over, lambda: self.site.log_of("worker"), seconds=LONGEST_END)

    def _is_over(self) -> bool:
        if self.site.running["worker"].poll() is not None:
            # As the service manager does.
            self.site.start("worker", "worker")
        return all(map(is_over, self.works))


def kill_all(cluster: Cluster) -> None:
    """The postmaster and all its children; the server starts again."""
    assert cluster.process
    with psycopg.connect(cluster.superuser_url, autocommit=True) as admin:
        children = [pid for (pid,) in admin.execute("SELECT pid FROM pg_stat_activity")]
        for pid in (cluster.process.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    cluster.process.wait()
    cluster.start()


@contextlib.contextmanager
def house_on(
    blocker: DjangoDbBlocker, vendors: Simulators, synchronous_commit: str
) -> Iterator[House]:
    with contextlib.ExitStack() as stack:
        cluster, database = stack.enter_context(database_on(blocker, synchronous_commit))
        mails = stack.enter_context(mail_server())
        given = {
            **mails.settings,
            "FLEETWARD_IMPORTS__BATCH_ROWS": "100",
            "FLEETWARD_WARRANTY__LEASE_SECONDS": "10",
        }
        site = stack.enter_context(running_site(database, vendors, settings=given))
        works: list[Work] = [Imports(), Runs(), Exports(), Reminders(mails)]
        load = load_of(site)
        pool = stack.enter_context(ThreadPoolExecutor(2))
        stack.callback(load.is_enough.set)
        load.people = [pool.submit(load.send_devices), pool.submit(load.look_at_pages)]
        yield House(cluster, site, works, load)


def load_of(site: Site) -> Load:
    tenant = make_tenant()
    user = make_user(roles={tenant.id: Role.IT_ADMIN})
    browser = Client()
    browser.force_login(user)
    cookies = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
    page = f"/t/{tenant.customer_id}/devices/"
    return Load(site, tenant.id, token_of(user, tenant.id), page, cookies)


def test_what_was_acknowledged_is_there_and_all_work_comes_to_its_end(
    django_db_blocker: DjangoDbBlocker, vendors: Simulators
) -> None:
    luck = chance()
    with house_on(django_db_blocker, vendors, "on") as house:
        house.begin()
        house.finish()
        for _ in range(KILLS):
            house.begin()
            house.load.go_on(luck.randint(1, AT_WORK))
            house.kill()
            house.finish()
        assert house.load.stop() > KILLS
        assert house.load.stored() == house.load.acknowledged
        for work in house.works:
            assert differences(work) == []
            for tenant in work.tenants:
                invariants.everything_holds(tenant)


def test_control_commits_that_do_not_wait_for_the_disk_lose_what_was_acknowledged(
    django_db_blocker: DjangoDbBlocker, vendors: Simulators
) -> None:
    with house_on(django_db_blocker, vendors, "off") as house:
        house.begin()
        house.load.go_on(AT_WORK)
        house.kill()
        house.load.stop()
        assert house.load.acknowledged.keys() - house.load.stored()
