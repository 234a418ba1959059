"""`fleetward metrics` beside real processes: every web worker and the worker are in the sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.plugin import DjangoDbBlocker

from fleetward.cli.ports import free_port
from fleetward.infra.workers import pools_of
from tests.house.test_command_line import failure
from tests.plugins.database import committed_database
from tests.plugins.site import Site, running_site
from tests.races import wait_until
from tests.simulators import running_simulators

pytestmark = pytest.mark.chaos
REQUESTS = 40
LOGIN = {"method": "GET", "route": "/account/login/", "status": "200"}


@pytest.fixture(scope="module")
def site(django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    settings = {"FLEETWARD_METRICS__PORT": str(free_port())}
    with (
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
        running_site(database, simulators, web_workers=2, settings=settings) as site,
    ):
        site.start("metrics", "metrics")
        yield site


def value(site: Site, name: str, **labels: str) -> float:
    url = f"http://127.0.0.1:{site.environment['FLEETWARD_METRICS__PORT']}/metrics"
    text = httpx.get(url, trust_env=False, timeout=30).raise_for_status().text
    samples = (s for family in text_string_to_metric_families(text) for s in family.samples)
    return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())


def wait_for(condition: Callable[[], bool], site: Site) -> None:
    def holds() -> bool:
        try:
            return condition()
        except httpx.TransportError:
            return False

    wait_until(holds, lambda: site.log_of("metrics"), seconds=60)


def test_requests_of_all_web_workers_are_summed(site: Site) -> None:
    wait_for(lambda: value(site, "fleetward_database_up") == 1, site)
    before = value(site, "fleetward_http_requests_total", **LOGIN)
    for _ in range(REQUESTS):
        # A new connection each time, so that both processes get some.
        httpx.get(f"{site.url}/account/login/", trust_env=False, timeout=30).raise_for_status()
    assert value(site, "fleetward_http_requests_total", **LOGIN) == before + REQUESTS
    seconds = value(site, "fleetward_http_request_seconds_count", route="/account/login/")
    assert seconds >= REQUESTS


def test_jobs_of_the_worker_are_counted_and_it_is_alive(site: Site) -> None:
    wait_for(lambda: value(site, "fleetward_jobs_total", outcome="done") > 0, site)
    assert value(site, "fleetward_worker_pools") == len(pools_of(1))


def test_without_a_port_the_command_says_what_to_set(site: Site) -> None:
    url = site.database.url
    assert "FLEETWARD_METRICS__PORT is not set" in failure("metrics", DATABASE_URL=url)
