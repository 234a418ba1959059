"""S9: the watchdog tells of reminders that were due and not sent, and of nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Tenant
from fleetward.warranty import jobs
from fleetward.warranty.actions.reminding import report_unsent, send_reminders
from fleetward.warranty.contracts import Unsent
from fleetward.warranty.models import Coverage, Reminding
from fleetward.warranty.queries.reminders import find_unsent, tenants_unsent
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def end(tenant: int, devices: list[int], ends_on: date) -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(ends_on=ends_on, reason="")


def send(tenant: int, now: datetime) -> int:
    return send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=now)


def report(tenant: int, now: datetime) -> Unsent | None:
    return report_unsent(tenant=tenant, now=now)


@pytest.fixture
def tenant(cast: Cast) -> int:
    """Reminders were sent yesterday; two devices are due for one each today."""
    tenant = cast.acme.id
    send(tenant, NOW - DAY)
    end(tenant, add_devices(tenant, 2), TODAY + 90 * DAY)
    send(cast.other.id, NOW)
    return tenant


def told() -> list[tuple[int, str, object]]:
    rows = Notification.objects.filter(kind="REMINDERS_UNSENT").order_by("id")
    return [(one.user_id, one.link, one.params["reminders"]) for one in rows]


def test_s9_what_was_due_and_not_sent_is_reported_once(cast: Cast, tenant: int) -> None:
    unsent = Unsent(TODAY, reminders=2, devices=2)
    assert tenants_unsent(now=NOW) == [tenant]
    assert [report(tenant, NOW), report(tenant, NOW + timedelta(hours=1))] == [unsent, unsent]
    link = f"/t/{cast.acme.customer_id}/warranty/reminders/calendar/"
    with tenant_scope([tenant]):
        assert told() == [(cast.admin.id, link, 2)]
    assert find_unsent(actor=actor_of(cast.reader), tenant=tenant, now=NOW) == unsent


def test_s9_what_is_sent_is_not_reported(cast: Cast, tenant: int) -> None:
    assert send(tenant, NOW) == 2
    assert tenants_unsent(now=NOW) == []
    assert report(tenant, NOW) is None
    with tenant_scope([tenant]):
        assert told() == []


def test_a_day_without_anything_due_is_not_reported(tenant: int) -> None:
    Tenant.objects.filter(id=tenant).update(reminder_days=[7])
    assert tenants_unsent(now=NOW) == [tenant]
    assert report(tenant, NOW) is None


def test_the_first_hours_of_a_day_are_the_tenants_own(tenant: int) -> None:
    at_two = NOW.replace(hour=2)
    assert report(tenant, at_two) is None
    assert report(tenant, at_two + timedelta(hours=1)) is not None
    Tenant.objects.filter(id=tenant).update(time_zone="America/Los_Angeles")
    assert report(tenant, at_two + timedelta(hours=1)) is None


def test_what_is_due_on_a_day_that_has_just_begun_is_not_late(tenant: int) -> None:
    """Nothing was due on the days that were missed."""
    at_one = NOW.replace(hour=1)
    with tenant_scope([tenant]):
        Reminding.objects.update(done_to=TODAY - 3 * DAY)
    assert tenants_unsent(now=at_one) == [tenant]
    assert report(tenant, at_one) is None
    assert report(tenant, NOW) == Unsent(TODAY - 2 * DAY, reminders=2, devices=2)


def test_days_that_were_missed_are_told_from_the_first_on(tenant: int) -> None:
    assert report(tenant, NOW + 3 * DAY) == Unsent(TODAY, reminders=2, devices=2)
    with tenant_scope([tenant]):
        assert len(told()) == 1
    assert send(tenant, NOW + 3 * DAY) == 2
    assert report(tenant, NOW + 3 * DAY) is None


def test_a_tenant_that_was_never_reminded_is_reported_the_day_after_it_was_made(
    cast: Cast,
) -> None:
    tenant = cast.acme.id
    Tenant.objects.filter(id=tenant).update(created_at=NOW)
    end(tenant, add_devices(tenant, 1), TODAY + 30 * DAY)
    assert report(tenant, NOW) is None
    assert report(tenant, NOW + DAY) == Unsent(TODAY + DAY, reminders=2, devices=1)


def test_an_outsider_is_told_of_nothing(cast: Cast, tenant: int) -> None:
    with pytest.raises(NotFound):
        find_unsent(actor=actor_of(cast.outsider), tenant=tenant, now=NOW)


def test_the_clock_has_a_job_for_each_tenant_in_its_own_queue(cast: Cast) -> None:
    Tenant.objects.update(created_at=NOW - 300 * DAY)
    jobs.watch_reminders()
    jobs.watch_reminders()
    rows = sql.fetch_text(
        "SELECT args->>'tenant', queue_name FROM procrastinate_jobs WHERE task_name = %s",
        ["warranty.report_unsent"],
    )
    assert sorted(int(tenant) for tenant, _ in rows) == [cast.acme.id, cast.other.id]
    assert {queue for _, queue in rows} == {"clock"}
    jobs.report_unsent(tenant=cast.acme.id)
    jobs.report_unsent(tenant=cast.acme.id)
