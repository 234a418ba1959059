"""Warranty reminders and their settings in the browser's words (S9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.models import Coverage
from tests.cast import NOW, TODAY, Cast, add_devices
from tests.web.reading import signed_in

pytestmark = pytest.mark.django_db


def reminders(cast: Cast, query: str = "") -> str:
    place = f"/t/{cast.acme.customer_id}/warranty/reminders/{query}"
    return signed_in(cast.reader).get(place).content.decode()


def test_s9_the_list_behind_a_message_has_its_devices(cast: Cast) -> None:
    tenant = cast.acme.id
    devices = add_devices(tenant, 2)
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(
            ends_on=TODAY + timedelta(80), reason="", is_simulated=True
        )
    send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=NOW)
    page = reminders(cast, f"?on={TODAY}")
    assert page.count("data-href") == 2
    assert "Simulated" in page
    assert "90 days before" in page
    assert reminders(cast, f"?on={TODAY + timedelta(1)}").count("data-href") == 0


@pytest.mark.parametrize("query", ["", "?on=", "?on=2026-02-30", "?on=x"])
def test_s9_without_a_day_all_reminders_are_listed(cast: Cast, query: str) -> None:
    assert "No reminder yet" in reminders(cast, query)


def settings(cast: Cast, **changed: str) -> int:
    given = {"name": "Acme", "time_zone": "UTC", "language": "en", "expiring_days": "60"}
    given["archive_days"] = "90"
    place = f"/t/{cast.acme.customer_id}/settings/"
    return signed_in(cast.admin).post(place, {**given, **changed}).status_code


def test_the_settings_of_reminders_and_scheduled_runs_are_kept(cast: Cast) -> None:
    assert settings(cast, reminder_days="7, 60;14", has_scheduled_runs="on") == 302
    kept = get_tenant_by_id(cast.acme.id).settings
    assert (kept.reminder_days, kept.has_scheduled_runs) == ((60, 14, 7), True)
    shown = signed_in(cast.admin).get(f"/t/{cast.acme.customer_id}/settings/").content.decode()
    assert 'value="60, 14, 7"' in shown
    assert settings(cast) == 302
    kept = get_tenant_by_id(cast.acme.id).settings
    assert (kept.reminder_days, kept.has_scheduled_runs) == ((), False)
    assert "switched off" in reminders(cast)
    runs = signed_in(cast.reader).get(f"/t/{cast.acme.customer_id}/warranty/runs/").content.decode()
    assert "Scheduled runs are switched off" in runs


@pytest.mark.parametrize("given", ["30", "90", "0"])
def test_e10_after_how_long_deleted_devices_are_archived(cast: Cast, given: str) -> None:
    place = f"/t/{cast.acme.customer_id}/settings/"
    assert settings(cast, archive_days=given) == 302
    assert get_tenant_by_id(cast.acme.id).settings.archive_days == int(given)
    shown = signed_in(cast.admin).get(place).content.decode()
    assert f'<option value="{given}" selected>' in shown
    assert "After 90 days (recommended)" in shown


@pytest.mark.parametrize("days", ["", "31", "x", "None"])
def test_e10_other_days_are_refused(cast: Cast, days: str) -> None:
    assert settings(cast, archive_days=days) == 422


@pytest.mark.parametrize("days", ["x", "0", "366", "7, 7", "1,2,3,4,5,6"])
def test_reminders_that_make_no_sense_are_refused(cast: Cast, days: str) -> None:
    assert settings(cast, reminder_days=days) == 422
