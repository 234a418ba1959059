"""S9: reminders of the end of coverage, once each, and the forecast that comes true."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import IntegrityError, connection

from fleetward.audit.models import Entry
from fleetward.devices.actions.removing import delete_devices
from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Tenant
from fleetward.warranty import jobs
from fleetward.warranty.actions.reminding import send_reminders, tenants_to_remind
from fleetward.warranty.actions.services import remove_simulated
from fleetward.warranty.contracts import ReminderRow
from fleetward.warranty.models import Coverage, Reminder
from fleetward.warranty.queries.reminders import (
    forecast_days,
    forecast_reminders,
    list_reminders,
)
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices, make_tenant
from tests.plugins.database import FreshDatabase

DAY = timedelta(days=1)
CLOCKS = 8


def ending(tenant: int, left: int, count: int = 1, **known: object) -> list[int]:
    """Devices whose coverage ends in so many days."""
    devices = add_devices(tenant, count)
    end(tenant, devices, TODAY + left * DAY, **known)
    return devices


def end(tenant: int, devices: list[int], ends_on: date, **known: object) -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(ends_on=ends_on, reason="", **known)


def send(tenant: int, days: int = 0) -> int:
    actor = system_actor("Tests", tenant)
    return send_reminders(actor=actor, tenant=tenant, now=NOW + days * DAY)


def sent(cast: Cast, sent_on: date | None = None) -> list[ReminderRow]:
    page = list_reminders(
        actor=actor_of(cast.reader), tenant=cast.acme.id, sent_on=sent_on, today=TODAY
    )
    return list(page.rows)


@pytest.mark.django_db
def test_a_day_has_one_message_for_all_devices(cast: Cast) -> None:
    tenant = cast.acme.id
    ending(tenant, 90, 2)
    ending(tenant, 30, is_simulated=True)
    ending(tenant, 91)
    ending(tenant, -1)
    ending(cast.other.id, 7)
    assert [send(tenant), send(tenant)] == [3, 0]
    with tenant_scope([tenant]):
        told = Notification.objects.order_by("user_id")
        assert {one.user_id for one in told} == {cast.admin.id, cast.device_admin.id}
        assert {one.kind for one in told} == {"COVERAGE_ENDS"}
        assert told[0].params == {"devices": 3, "simulated": 1, "sent_on": str(TODAY)}
        assert told[0].link == f"/t/{cast.acme.customer_id}/warranty/reminders/?on={TODAY}"
        entry = Entry.objects.get(verb="warranty.reminded")
        assert entry.details == {"devices": 3, "simulated": 1, "reminders": 4}
    rows = sent(cast, TODAY)
    assert sorted(row.days for row in rows) == [30, 90, 90, 90]
    assert (sent(cast, TODAY + DAY), len(sent(cast))) == ([], 4)


@pytest.mark.django_db
def test_a_reminder_names_no_device_of_another_tenant(cast: Cast) -> None:
    foreign = add_devices(cast.other.id, 1)[0]
    with (
        # Both are in scope, so that row-level security alone would let it pass.
        tenant_scope([cast.acme.id, cast.other.id]),
        pytest.raises(IntegrityError, match="another tenant"),
    ):
        Reminder.objects.create(
            tenant_id=cast.acme.id,
            device_id=foreign,
            ends_on=TODAY,
            days=7,
            sent_on=TODAY,
            is_simulated=False,
        )


@pytest.mark.django_db
def test_renewed_deleted_and_open_ended_devices_are_quiet(cast: Cast) -> None:
    tenant = cast.acme.id
    renewed, gone, rolling = (ending(tenant, 95) for _ in range(3))
    end(tenant, renewed, TODAY + 400 * DAY)
    end(tenant, rolling, date.max)
    with tenant_scope([tenant]):
        uids = list(Device.objects.filter(id__in=gone).values_list("uid", flat=True))
    delete_devices(actor=actor_of(cast.admin), tenant=tenant, uids=uids, now=NOW)
    assert sum(send(tenant, day) for day in range(100)) == 0


@pytest.mark.django_db
def test_another_end_is_told_anew_and_the_first_one_not(cast: Cast) -> None:
    tenant = cast.acme.id
    devices = ending(tenant, 30)
    assert send(tenant) == 1
    end(tenant, devices, TODAY + 20 * DAY)
    assert send(tenant, 1) == 1
    end(tenant, devices, TODAY + 30 * DAY)
    assert send(tenant, 2) == 0


@pytest.mark.django_db
def test_w20_what_a_simulator_said_silences_no_vendor(cast: Cast) -> None:
    tenant = cast.acme.id
    simulated = ending(tenant, 30, 2, is_simulated=True, is_answer_simulated=True)
    real = ending(tenant, 30)
    assert send(tenant) == 3
    actor = system_actor("Tests", tenant)
    assert remove_simulated(actor=actor, tenant=tenant, provider="dell", now=NOW) == 2
    assert {row.is_simulated for row in sent(cast)} == {False}
    end(tenant, [*simulated, *real], TODAY + 30 * DAY, is_simulated=False)
    assert send(tenant, 1) == 2


@pytest.mark.django_db
def test_what_was_missed_is_told_the_next_time(cast: Cast) -> None:
    tenant = cast.acme.id
    ending(tenant, 100)
    over = ending(tenant, 120)
    assert send(tenant) == 0
    assert send(tenant, 130) == 2
    with tenant_scope([tenant]):
        told = Reminder.objects.filter(device_id__in=over)
        assert sorted(told.values_list("days", flat=True)) == [7, 30, 90]
    assert send(tenant, 131) == 0


@pytest.mark.django_db
def test_a_tenant_without_thresholds_is_not_reminded_and_old_ones_are_forgotten(
    cast: Cast,
) -> None:
    tenant = cast.acme.id
    ending(tenant, 7)
    assert send(tenant) == 1
    Tenant.objects.filter(id=tenant).update(reminder_days=[])
    ending(tenant, 8)
    assert send(tenant, 1) == 0
    assert send(tenant, 500) == 0
    assert sent(cast) == []


@pytest.mark.django_db
@pytest.mark.parametrize("has_begun", [False, True])
def test_the_forecast_comes_true(cast: Cast, has_begun: bool) -> None:
    tenant = cast.acme.id
    for number in range(60):
        ending(tenant, number * 9 - 20)
    if has_begun:
        send(tenant)
    months = forecast_reminders(actor=actor_of(cast.reader), tenant=tenant, now=NOW).periods
    forecast = {(one.first, days): n for one in months for days, n in one.by_days.items()}
    assert len(months) == 13
    assert months[0].first == TODAY.replace(day=1)
    start = TODAY + has_begun * DAY
    for day in range((date(2027, 12, 1) - start).days):
        send(tenant, day + has_begun)
    with tenant_scope([tenant]):
        stored = Reminder.objects.filter(sent_on__gte=start)
        happened = Counter((r.sent_on.replace(day=1), r.days) for r in stored)
    assert forecast == happened
    assert sum(one.reminders for one in months) == happened.total()


@pytest.mark.django_db
def test_a_month_that_was_done_in_another_zone_has_no_days(cast: Cast) -> None:
    """Auckland has had its first of the month when Los Angeles has the last of the month before."""
    tenant, first = cast.acme.id, datetime(2026, 12, 1, 0, 30, tzinfo=ZoneInfo("Pacific/Auckland"))
    Tenant.objects.filter(id=tenant).update(time_zone="Pacific/Auckland")
    ending(tenant, 30)
    send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=first)
    Tenant.objects.filter(id=tenant).update(time_zone="America/Los_Angeles")
    found = forecast_days(actor=actor_of(cast.reader), tenant=tenant, month=None, now=first)
    assert (found.next_on, found.periods) == (date(2026, 12, 2), ())


@pytest.mark.django_db
def test_whoever_may_not_see_warranty_sees_no_reminder(cast: Cast) -> None:
    outsider = actor_of(cast.outsider)
    with pytest.raises(NotFound):
        list_reminders(actor=outsider, tenant=cast.acme.id, today=TODAY)
    with pytest.raises(NotFound):
        forecast_reminders(actor=outsider, tenant=cast.acme.id, now=NOW)
    with pytest.raises(Forbidden):
        send_reminders(actor=actor_of(cast.reader), tenant=cast.acme.id, now=NOW)


@pytest.mark.django_db
def test_pages_of_reminders_follow_each_other(cast: Cast) -> None:
    ending(cast.acme.id, 7, 3)
    send(cast.acme.id)
    actor, tenant = actor_of(cast.reader), cast.acme.id
    first = list_reminders(actor=actor, tenant=tenant, today=TODAY, limit=5)
    second = list_reminders(actor=actor, tenant=tenant, today=TODAY, limit=5, cursor=first.after)
    ids = [row.id for row in [*first.rows, *second.rows]]
    assert (len(ids), second.after) == (9, None)
    assert ids == sorted(set(ids), reverse=True)


@pytest.mark.django_db
def test_only_tenants_in_which_a_day_has_begun_are_reminded(cast: Cast) -> None:
    tenants = [cast.acme.id, cast.other.id]
    assert tenants_to_remind(now=NOW) == tenants
    send(cast.acme.id)
    assert tenants_to_remind(now=NOW) == [cast.other.id]
    assert tenants_to_remind(now=NOW + DAY) == tenants
    Tenant.objects.update(time_zone="Pacific/Auckland")
    assert tenants_to_remind(now=NOW) == tenants


@pytest.mark.django_db
def test_the_clock_has_a_job_for_each_tenant(cast: Cast) -> None:
    jobs.remind()
    jobs.remind()
    rows = sql.fetch_text(
        "SELECT args->>'tenant' FROM procrastinate_jobs WHERE task_name = %s",
        ["warranty.remind_tenant"],
    )
    assert sorted(int(tenant) for (tenant,) in rows) == [cast.acme.id, cast.other.id]
    jobs.remind_tenant(tenant=cast.acme.id)


def send_at_once(tenant: int) -> tuple[int, int]:
    """How many devices were told of by all clocks together, and in how many messages."""
    barrier = Barrier(CLOCKS)

    def one(_: int) -> int:
        try:
            barrier.wait()
            return send(tenant)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLOCKS) as pool:
        told = list(pool.map(one, range(CLOCKS)))
    return sum(told), sum(map(bool, told))


def test_clocks_that_strike_at_once_tell_once(fresh_database: FreshDatabase) -> None:
    tenant = make_tenant().id
    ending(tenant, 7, 5)
    assert send_at_once(tenant) == (5, 1)


def test_control_without_the_guards_they_tell_several_times(
    fresh_database: FreshDatabase,
    monkeypatch: pytest.MonkeyPatch,
    owner_connection: psycopg.Connection,
) -> None:
    tenant = make_tenant().id
    ending(tenant, 7, 5)
    owner_connection.execute("ALTER TABLE warranty_reminder DROP CONSTRAINT warranty_reminder_once")
    owner_connection.execute(
        "ALTER TABLE warranty_reminding DROP CONSTRAINT warranty_reminding_pkey"
    )
    whole = sql.statement

    def unguarded(context: str, name: str) -> str:
        text = whole(context, name)
        if name == "claim_reminders":
            return text.partition("ON CONFLICT")[0] + " RETURNING seen_from"
        return text.replace("ON CONFLICT (device_id, ends_on, days) DO NOTHING", "")

    monkeypatch.setattr(sql, "statement", unguarded)
    assert send_at_once(tenant)[1] > 1
