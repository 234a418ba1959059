"""Changing some settings leaves the others as they are, also those that somebody changes now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

from fleetward.audit.queries import list_entries
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.tenancy.actions import adjust_settings, tenants
from fleetward.tenancy.contracts import BadSetting, SettingsOvertaken, TenantRow
from fleetward.tenancy.queries import get_tenant_by_id
from tests.cast import NOW, Cast, actor_of, make_cast
from tests.plugins.database import FreshDatabase
from tests.races import at_once


def adjust(
    cast: Cast,
    seen: Mapping[str, Any] | None = None,
    state: str | None = None,
    **changes: Any,
) -> TenantRow:
    return adjust_settings(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        changes=changes,
        seen=seen or {},
        state=state,
        now=NOW,
    )


@pytest.mark.django_db
def test_only_what_is_given_changes_and_is_noted() -> None:
    cast = make_cast()
    before = get_tenant_by_id(cast.acme.id)
    after = adjust(cast, has_scheduled_runs=False, name="Acme SA")
    assert after == get_tenant_by_id(cast.acme.id)
    assert (after.name, after.settings.has_scheduled_runs) == ("Acme SA", False)
    assert after.settings.reminder_days == before.settings.reminder_days
    noted = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows[0].details
    assert noted == {
        "has_scheduled_runs": {"before": True, "after": False},
        "name": {"before": "Acme", "after": "Acme SA"},
    }


@pytest.mark.django_db
def test_what_is_as_before_is_not_noted() -> None:
    cast = make_cast()
    given = get_tenant_by_id(cast.acme.id).settings
    for changes in ({}, {"time_zone": given.time_zone, "name": " Acme "}):
        adjust(cast, **changes)
    assert list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id).rows == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [{"name": " "}, {"time_zone": "Mars/Base"}, {"reminder_days": (7, 7)}, {"language": "de"}],
)
def test_what_cannot_be_is_refused_whole(changes: dict[str, Any]) -> None:
    cast = make_cast()
    before = get_tenant_by_id(cast.acme.id)
    with pytest.raises(BadSetting):
        adjust(cast, **({"expiring_days": 90} | changes))
    assert get_tenant_by_id(cast.acme.id) == before


@pytest.mark.django_db
def test_what_somebody_else_has_set_meanwhile_is_told_and_not_overwritten() -> None:
    cast = make_cast()
    seen = asdict(get_tenant_by_id(cast.acme.id).settings) | {"name": "Acme"}
    after = adjust(cast, expiring_days=90, language="fr", name="Acme SA")
    with pytest.raises(SettingsOvertaken) as refused:
        adjust(cast, seen=seen, expiring_days=60, name="Acme AG", archive_days=30)
    assert refused.value.names == ("expiring_days", "name")
    assert get_tenant_by_id(cast.acme.id) == after
    same = adjust(cast, seen=seen, expiring_days=90, archive_days=30)
    assert (same.settings.expiring_days, same.settings.archive_days) == (90, 30)


@pytest.mark.django_db
def test_settings_that_are_in_another_state_by_now_stay_as_they_are() -> None:
    cast = make_cast()
    seen = get_tenant_by_id(cast.acme.id).state
    after = adjust(cast, state=seen, expiring_days=90)
    with pytest.raises(ChangedMeanwhile):
        adjust(cast, state=seen, archive_days=30)
    assert get_tenant_by_id(cast.acme.id) == after


def both_changed() -> tuple[int, str]:
    """What two who change different settings at once leave behind."""
    cast = make_cast()
    at_once(
        [cast.acme.id],
        lambda: adjust(cast, expiring_days=90),
        lambda: adjust(cast, time_zone="Europe/Paris"),
    )
    settings = get_tenant_by_id(cast.acme.id).settings
    return settings.expiring_days, settings.time_zone


def test_two_at_once_lose_nothing(fresh_database: FreshDatabase) -> None:
    assert both_changed() == (90, "Europe/Paris")


def test_control_without_the_lock_one_is_lost(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants, "_locked", get_tenant_by_id)
    assert both_changed() == (180, "Europe/Paris")


def same_changed() -> tuple[int, bool]:
    """What two who change the same setting at once leave behind, and whether one was told."""
    cast = make_cast()
    seen = {"expiring_days": get_tenant_by_id(cast.acme.id).settings.expiring_days}
    told = []

    def late() -> None:
        try:
            adjust(cast, seen=seen, expiring_days=60)
        except SettingsOvertaken as error:
            told.append(error)

    at_once([cast.acme.id], lambda: adjust(cast, seen=seen, expiring_days=90), late)
    return get_tenant_by_id(cast.acme.id).settings.expiring_days, bool(told)


def test_of_two_at_once_with_the_same_setting_one_is_told(fresh_database: FreshDatabase) -> None:
    assert same_changed() == (90, True)


def test_control_without_the_lock_the_first_is_overwritten_and_nobody_told(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants, "_locked", get_tenant_by_id)
    assert same_changed() == (60, False)
