"""The vendor health board: figures from what is stored, and those of a week ago (W2, W3, W13)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection

from fleetward.connections.models import Connection
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.models import Tenant
from fleetward.warranty import jobs
from fleetward.warranty.actions.services import remove_simulated
from fleetward.warranty.actions.watching import KEPT, keep_figures, tenants_to_keep
from fleetward.warranty.contracts import Age, HealthBoard, KeptFigures, Reason, ServiceHealth
from fleetward.warranty.models import Coverage, HealthDay
from fleetward.warranty.queries.grid import count_devices
from fleetward.warranty.queries.grid_conditions import read_conditions
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.health import vendor_health
from tests.bulk import set_up
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices, make_tenant
from tests.plugins.database import FreshDatabase

DAY = timedelta(days=1)
ZONE = "Pacific/Auckland"
# Already the 23rd there.
THERE = date(2026, 11, 23)
CLOCKS = 8


def board(cast: Cast, days: int = 0) -> HealthBoard:
    return vendor_health(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW + days * DAY)


def dell(cast: Cast, days: int = 0) -> ServiceHealth:
    (one,) = [s for s in board(cast, days).services if s.connection.provider == "dell"]
    return one


def tell(tenant: int, devices: list[int], **known: object) -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(**known)


def keep(tenant: int, days: int = 0) -> int:
    return keep_figures(actor=system_actor("Tests", tenant), tenant=tenant, now=NOW + days * DAY)


def kept(tenant: int) -> list[tuple[str, date, int, int, int]]:
    with tenant_scope([tenant]):
        rows = HealthDay.objects.order_by("kept_on", "provider")
        return list(rows.values_list("provider", "kept_on", "devices", "answered", "found"))


@pytest.mark.django_db
def test_a_device_counts_where_it_would_be_asked(cast: Cast) -> None:
    tenant = cast.acme.id
    set_up(tenant, "dell", "lenovo")
    add_devices(tenant, 3)
    add_devices(tenant, 2, "HP")
    add_devices(tenant, 1, "Acer")
    add_devices(cast.other.id, 5)
    found = board(cast)
    assert [(s.connection.provider, s.figures.devices) for s in found.services] == [
        ("dell", 3),
        ("lenovo", 0),
    ]
    assert (found.others, found.manufacturers, found.today) == (3, ("Dell", "Lenovo"), TODAY)


@pytest.mark.django_db
def test_w13_answered_stays_and_found_is_of_the_latest_look_up(cast: Cast) -> None:
    tenant = cast.acme.id
    set_up(tenant, "dell")
    well, failing, unknown, never, down = (add_devices(tenant, n) for n in (4, 3, 2, 1, 1))
    tell(tenant, [*well, *failing], checked_at=NOW - 3 * DAY)
    tell(tenant, failing, latest_error="VENDOR_DOWN")
    tell(tenant, unknown, checked_at=NOW, latest_error="NOT_FOUND_AT_VENDOR")
    tell(tenant, down, latest_error="VENDOR_DOWN")
    figures = dell(cast).figures
    assert (figures.devices, figures.answered, figures.found) == (11, 9, 4)
    assert figures.by_problem == {Reason.VENDOR_DOWN: 4, Reason.NOT_FOUND_AT_VENDOR: 2}
    # Of all devices those are left that nobody asked about.
    assert figures.devices - figures.found - sum(figures.by_problem.values()) == len(never)


WORDS = {
    Age.WEEK: ("checked_at:after:2026-11-16",),
    Age.MONTH: ("checked_at:after:2026-10-24", "checked_at:before:2026-11-17"),
    Age.QUARTER: ("checked_at:after:2026-08-25", "checked_at:before:2026-10-25"),
    Age.OLDER: ("checked_at:before:2026-08-26",),
    Age.NEVER: ("checked_at:empty",),
}


@pytest.mark.django_db
def test_ages_are_of_the_tenants_own_days_as_the_list_has_them(cast: Cast) -> None:
    tenant = cast.acme.id
    Tenant.objects.filter(id=tenant).update(time_zone=ZONE)
    set_up(tenant, "dell")
    add_devices(tenant, 1)
    for days_ago in (0, 6, 7, 29, 30, 89, 90, 700):
        day = THERE - days_ago * DAY
        for hour in (0, 23):
            moment = datetime(day.year, day.month, day.day, hour, 59, tzinfo=ZoneInfo(ZONE))
            tell(tenant, add_devices(tenant, 1), checked_at=moment)
    found = dell(cast).figures.by_age
    assert list(found.values()) == [4, 4, 4, 4, 1]
    for age, words in WORDS.items():
        only = DeviceFilter(
            manufacturers=("Dell",), conditions=read_conditions(words, today=THERE, zone=ZONE)
        )
        asked = {"tenant": tenant, "only": only, "today": THERE, "expiring_days": 180}
        assert count_devices(actor=actor_of(cast.admin), **asked).number == found[age]


@pytest.mark.django_db
def test_w3_a_secret_and_a_quota_tell_what_is_left(cast: Cast) -> None:
    set_up(cast.acme.id, "dell", "dynabook")
    services = {s.connection.provider: s for s in board(cast).services}
    one = services["dell"]
    assert one.connection.secret_expires_on is not None
    assert one.secret_days_left == (one.connection.secret_expires_on - TODAY).days
    assert services["dynabook"].secret_days_left is None
    per_day = one.limits.per_day
    assert one.calls_left == (per_day - one.connection.used_today if per_day else None)


@pytest.mark.django_db
def test_drift_is_against_what_was_kept_a_week_ago(cast: Cast) -> None:
    tenant = cast.acme.id
    set_up(tenant, "dell")
    devices = add_devices(tenant, 10)
    tell(tenant, devices, checked_at=NOW)
    assert keep(tenant) == 1
    tell(tenant, devices[:3], latest_error="VENDOR_DOWN")
    # The figures of the next day are nearer to the week ago of the eighth day.
    assert keep(tenant, 1) == 1
    drifts = {days: dell(cast, days).drift for days in (0, 6, 7, 8, 14, 15)}
    assert {days: round(drift) for days, drift in drifts.items() if drift is not None} == {
        7: -30,
        8: 0,
        14: 0,
    }
    assert dell(cast, 7).earlier == KeptFigures(TODAY, devices=10, answered=10, found=10)


@pytest.mark.django_db
def test_the_first_figures_of_a_day_stay_and_old_ones_go(cast: Cast) -> None:
    tenant = cast.acme.id
    set_up(tenant, "dell")
    devices = add_devices(tenant, 2)
    tell(tenant, devices, checked_at=NOW)
    assert [keep(tenant), keep(tenant)] == [1, 1]
    tell(tenant, devices, latest_error="VENDOR_DOWN")
    keep(tenant)
    assert kept(tenant) == [("dell", TODAY, 2, 2, 2)]
    keep(tenant, KEPT.days)
    assert len(kept(tenant)) == 2
    keep(tenant, KEPT.days + 1)
    assert TODAY not in {row[1] for row in kept(tenant)}


@pytest.mark.django_db
def test_only_tenants_with_a_connection_are_kept_once_a_day(cast: Cast) -> None:
    set_up(cast.acme.id, "dell")
    make_tenant("Without connection")
    assert tenants_to_keep(now=NOW) == [cast.acme.id]
    jobs.keep_health_of(tenant=cast.acme.id)
    today = kept(cast.acme.id)[0][1]
    midday = datetime(today.year, today.month, today.day, 12, tzinfo=ZoneInfo("UTC"))
    assert tenants_to_keep(now=midday) == []
    assert tenants_to_keep(now=midday + DAY) == [cast.acme.id]


@pytest.mark.django_db
def test_services_that_are_no_longer_installed_are_not_kept(cast: Cast) -> None:
    tenant = cast.acme.id
    set_up(tenant, "dell")
    with tenant_scope([tenant]):
        Connection.objects.update(provider="gone")
    assert tenants_to_keep(now=NOW) == []


@pytest.mark.django_db
def test_old_figures_go_also_where_no_connection_is_left(cast: Cast) -> None:
    tenant = cast.acme.id
    set_up(tenant, "dell")
    keep(tenant)
    with tenant_scope([tenant]):
        Connection.objects.all().delete()
    days = KEPT.days + 1
    assert tenants_to_keep(now=NOW + days * DAY) == []
    assert tenants_to_keep(now=NOW + (days + 1) * DAY) == [tenant]
    assert keep(tenant, days + 1) == 0
    assert kept(tenant) == []
    assert tenants_to_keep(now=NOW + (days + 1) * DAY) == []


@pytest.mark.django_db
def test_w20_figures_of_a_simulator_go_with_its_answers(cast: Cast) -> None:
    tenant = cast.acme.id
    set_up(tenant, "dell", "lenovo")
    tell(tenant, add_devices(tenant, 1), is_answer_simulated=True, is_simulated=True)
    keep(tenant)
    actor = system_actor("Tests", tenant)
    assert remove_simulated(actor=actor, tenant=tenant, provider="dell", now=NOW) == 1
    assert [row[0] for row in kept(tenant)] == ["lenovo"]


@pytest.mark.django_db
def test_others_see_nothing_of_it(cast: Cast) -> None:
    for user, refused in ((cast.reader, Forbidden), (cast.outsider, NotFound)):
        with pytest.raises(refused):
            vendor_health(actor=actor_of(user), tenant=cast.acme.id, now=NOW)


def keep_at_once(tenant: int) -> int:
    """How many connections all clocks together are done with, when they strike at once."""
    barrier = Barrier(CLOCKS)

    def one(_: int) -> int:
        try:
            barrier.wait()
            return keep(tenant)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLOCKS) as pool:
        return sum(pool.map(one, range(CLOCKS)))


def test_clocks_that_strike_at_once_keep_a_day_once(fresh_database: FreshDatabase) -> None:
    tenant = make_tenant().id
    set_up(tenant, "dell")
    assert keep_at_once(tenant) == CLOCKS
    assert len(kept(tenant)) == 1


def test_control_without_the_guard_they_keep_it_several_times(
    fresh_database: FreshDatabase, owner_connection: psycopg.Connection
) -> None:
    tenant = make_tenant().id
    set_up(tenant, "dell")
    owner_connection.execute(
        "ALTER TABLE warranty_healthday DROP CONSTRAINT warranty_healthday_once"
    )
    keep_at_once(tenant)
    assert len(kept(tenant)) > 1
