"""E10, E11: deleted devices are archived after the time of their tenant, stay findable, and come
back."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from fleetward.audit.contracts import Verb
from fleetward.audit.models import Entry
from fleetward.devices import jobs
from fleetward.devices.actions import (
    add_device,
    archive_devices,
    delete_devices,
    restore_devices,
    tenants_to_archive,
    undo_deletion,
)
from fleetward.devices.actions.archiving import archive_slice
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.devices.models import Change, Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.models import Tenant
from fleetward.warranty.queries.device import get_device
from fleetward.warranty.queries.grid import count_devices, list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices, make_tenant
from tests.invariants import everything_holds
from tests.plugins.database import FreshDatabase
from tests.races import at_once, without_guard

DAY = timedelta(days=1)
ACTOR = "Archive of deleted devices"


def deleted(tenant: int, count: int = 1, at: datetime = NOW) -> list[uuid.UUID]:
    """Devices that were deleted at a moment."""
    ids = add_devices(tenant, count)
    with tenant_scope([tenant]):
        uids = list(Device.objects.filter(id__in=ids).values_list("uid", flat=True))
    delete_devices(actor=system_actor("Tests", tenant), tenant=tenant, uids=uids, now=at)
    return uids


def archive(tenant: int, now: datetime) -> int:
    return archive_devices(tenant=tenant, clock=lambda: now)


def archived(tenant: int) -> set[uuid.UUID]:
    with tenant_scope([tenant]):
        found = Device.objects.filter(tenant_id=tenant, archived_on__isnull=False)
        return set(found.values_list("uid", flat=True))


def shown(cast: Cast, **only: object) -> set[uuid.UUID]:
    """The devices of a list, which are as many as are counted."""
    question = {"actor": actor_of(cast.reader), "tenant": cast.acme.id, "today": TODAY}
    question |= {"only": DeviceFilter(**only), "expiring_days": 180}
    rows = list_devices(**question).rows
    assert count_devices(**question).number == len(rows)
    return {uuid.UUID(row.uid) for row in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("days", [30, 45, 60, 90])
def test_e10_a_device_is_archived_after_the_days_of_its_tenant(cast: Cast, days: int) -> None:
    tenant = cast.acme.id
    Tenant.objects.filter(id=tenant).update(archive_days=days)
    uids = deleted(tenant)
    assert archive(tenant, NOW + (days - 1) * DAY) == 0
    assert archive(tenant, NOW + days * DAY) == 1
    assert archived(tenant) == set(uids)
    assert archive(tenant, NOW + (days + 1) * DAY) == 0


@pytest.mark.django_db
def test_e10_never_is_never(cast: Cast) -> None:
    tenant = cast.acme.id
    deleted(tenant)
    Tenant.objects.filter(id=tenant).update(archive_days=0)
    assert tenants_to_archive(now=NOW + 9999 * DAY) == []
    assert archive(tenant, NOW + 9999 * DAY) == 0


@pytest.mark.django_db
def test_e10_90_days_are_the_default_also_for_those_of_before() -> None:
    assert make_tenant().settings.archive_days == 90
    rows = sql.fetch_text(
        "SELECT column_default FROM information_schema.columns WHERE column_name = 'archive_days'",
        [],
    )
    assert rows == [("90",)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "deleted_at", "first"),
    [
        ("Pacific/Auckland", datetime(2026, 3, 1, 10, 59, tzinfo=UTC), date(2026, 5, 30)),
        ("Pacific/Auckland", datetime(2026, 3, 1, 11, 0, tzinfo=UTC), date(2026, 5, 31)),
        ("America/Los_Angeles", datetime(2026, 3, 2, 7, 59, tzinfo=UTC), date(2026, 5, 30)),
        ("America/Los_Angeles", datetime(2026, 3, 2, 8, 0, tzinfo=UTC), date(2026, 5, 31)),
    ],
)
def test_e10_a_day_is_the_tenants(cast: Cast, zone: str, deleted_at: datetime, first: date) -> None:
    tenant = cast.acme.id
    Tenant.objects.filter(id=tenant).update(time_zone=zone)
    deleted(tenant, at=deleted_at)
    begins = sql.fetch_text("SELECT %s::timestamp AT TIME ZONE %s", [first, zone])[0][0]
    before = begins - timedelta(seconds=1)
    assert tenants_to_archive(now=before) == []
    assert archive(tenant, before) == 0
    assert tenants_to_archive(now=begins) == [tenant]
    assert archive(tenant, begins) == 1
    with tenant_scope([tenant]):
        assert Device.objects.get(archived_on__isnull=False).archived_on == first


@pytest.mark.django_db
def test_e11_archived_devices_have_a_list_of_their_own(cast: Cast) -> None:
    tenant = cast.acme.id
    old, (late,) = deleted(tenant, 2), deleted(tenant, at=NOW + DAY)
    archive(tenant, NOW + 90 * DAY)
    assert shown(cast) == set()
    assert shown(cast, is_active=False, is_archived=False) == {late}
    assert shown(cast, is_active=False, is_archived=True) == set(old)
    assert shown(cast, is_active=False) == {late, *old}
    assert shown(cast, is_active=False, is_archived=True, text="PC-") == set(old)
    assert shown(cast, is_active=False, is_archived=False, text="PC-") == {late}
    everything_holds(tenant)


@pytest.mark.django_db
def test_e11_an_archived_device_comes_back_with_all_that_is_known(cast: Cast) -> None:
    tenant = cast.acme.id
    (uid,) = deleted(tenant)
    archive(tenant, NOW + 90 * DAY)
    found = {"actor": actor_of(cast.reader), "tenant": tenant, "uid": uid, "today": TODAY}
    assert get_device(**found, expiring_days=180).row.archived_on == TODAY + 90 * DAY
    restore_devices(
        actor=actor_of(cast.device_admin), tenant=tenant, uids=[uid], now=NOW + 91 * DAY
    )
    row = get_device(**found, expiring_days=180).row
    assert (row.is_active, row.archived_on) == (True, None)
    with tenant_scope([tenant]):
        changes = Change.objects.filter(device__uid=uid).order_by("id")
        kinds = list(changes.values_list("kind", "actor"))
    assert kinds[-2:] == [("ARCHIVED", ACTOR), ("RESTORED", cast.device_admin.email)]


@pytest.mark.django_db
def test_e10_archiving_takes_no_undo_away(cast: Cast) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.device_admin)
    ids = add_devices(tenant, 2)
    with tenant_scope([tenant]):
        uids = list(Device.objects.filter(id__in=ids).values_list("uid", flat=True))
    done = delete_devices(actor=actor, tenant=tenant, uids=uids, now=NOW)
    before = times_of(tenant)
    assert archive(tenant, NOW + 90 * DAY) == 2
    assert times_of(tenant) == before, "whoever had selected them finds them unchanged"
    assert undo_deletion(actor=actor, tenant=tenant, reference=done.reference, now=NOW) == 2
    assert archived(tenant) == set()


def times_of(tenant: int) -> set[datetime]:
    with tenant_scope([tenant]):
        return set(Device.objects.filter(tenant_id=tenant).values_list("updated_at", flat=True))


@pytest.mark.django_db
def test_e11_an_archived_device_that_is_added_again_is_archived_no_more(cast: Cast) -> None:
    tenant = cast.acme.id
    deleted(tenant)
    archive(tenant, NOW + 90 * DAY)
    with tenant_scope([tenant]):
        known = Device.objects.get(tenant_id=tenant)
    add_device(
        actor=actor_of(cast.device_admin),
        tenant=tenant,
        device=DeviceInput(known.manufacturer, known.serial),
        origin=Origin.MANUAL,
        now=NOW + 91 * DAY,
    )
    assert archived(tenant) == set()
    assert shown(cast) == {known.uid}


@pytest.mark.django_db
def test_e10_slices_have_an_entry_each_and_leave_none(cast: Cast) -> None:
    tenant = cast.acme.id
    deleted(tenant, 5)
    actor, now = system_actor(ACTOR, tenant), NOW + 90 * DAY
    done = [archive_slice(actor=actor, tenant=tenant, now=now, most=2) for _ in range(4)]
    assert done == [2, 2, 1, 0]
    with tenant_scope([tenant]):
        entries = Entry.objects.filter(verb=Verb.DEVICES_ARCHIVED).order_by("id")
        told = [(entry.actor, entry.details["devices"]) for entry in entries]
    assert told == [(ACTOR, 2), (ACTOR, 2), (ACTOR, 1)]


@pytest.mark.django_db
def test_e10_only_ones_own_devices_are_archived(cast: Cast) -> None:
    deleted(cast.acme.id)
    other = deleted(cast.other.id)
    now = NOW + 90 * DAY
    assert archive(cast.acme.id, now) == 1
    assert tenants_to_archive(now=now) == [cast.other.id]
    assert archived(cast.other.id) == set()
    assert archive(cast.other.id, now) == 1
    assert archived(cast.other.id) == set(other)


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "error"), [("reader", Forbidden), ("outsider", NotFound)])
def test_e10_nobody_else_archives(cast: Cast, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        archive_slice(actor=actor_of(getattr(cast, who)), tenant=cast.acme.id, now=NOW, most=1)


@pytest.mark.django_db
def test_the_clock_has_a_job_for_each_tenant_with_work(cast: Cast) -> None:
    deleted(cast.acme.id, at=NOW - 1000 * DAY)
    jobs.archive()
    jobs.archive()
    rows = sql.fetch_text(
        "SELECT args->>'tenant' FROM procrastinate_jobs WHERE task_name = %s",
        ["devices.archive_of"],
    )
    assert [int(tenant) for (tenant,) in rows] == [cast.acme.id]
    jobs.archive_of(tenant=cast.acme.id)
    assert len(archived(cast.acme.id)) == 1


def restored_meanwhile(tenant: int) -> Device:
    """A device that somebody restores while the clock archives it."""
    (uid,) = deleted(tenant)
    actor, now = system_actor("Tests", tenant), NOW + 90 * DAY
    at_once(
        [tenant],
        lambda: restore_devices(actor=actor, tenant=tenant, uids=[uid], now=now),
        lambda: archive(tenant, now),
    )
    with tenant_scope([tenant]):
        return Device.objects.get(uid=uid)


def test_e10_what_is_restored_meanwhile_is_not_archived(fresh_database: FreshDatabase) -> None:
    device = restored_meanwhile(make_tenant().id)
    assert (device.is_active, device.archived_on) == (True, None)


def test_control_without_the_lock_an_active_device_is_archived(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "archive_devices")
    device = restored_meanwhile(make_tenant().id)
    assert device.is_active
    assert device.archived_on is not None


def entries_of_two_clocks(tenant: int) -> int:
    """How often the history tells that a device was archived, by two workers at once."""
    deleted(tenant)
    now = NOW + 90 * DAY
    at_once([tenant], lambda: archive(tenant, now), lambda: archive(tenant, now))
    with tenant_scope([tenant]):
        return Change.objects.filter(kind="ARCHIVED").count()


def test_e10_two_workers_archive_once(fresh_database: FreshDatabase) -> None:
    assert entries_of_two_clocks(make_tenant().id) == 1


def test_control_without_the_lock_two_workers_archive_twice(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "archive_devices")
    assert entries_of_two_clocks(make_tenant().id) == 2
