"""The settings of a tenant, as a program changes them."""

from __future__ import annotations

import pytest

from tests.api.conftest import Program

pytestmark = pytest.mark.django_db


def test_what_is_given_changes_and_the_rest_stays(admin: Program) -> None:
    before = admin.get("/tenant").json()
    changes = {"has_scheduled_runs": False, "reminder_days": [14, 60], "name": None}
    after = admin.send("PATCH", "/tenant", changes).json()
    assert after == before | {"has_scheduled_runs": False, "reminder_days": [60, 14]}
    assert admin.get("/tenant").json() == after


def test_settings_that_changed_meanwhile_are_not_overwritten(admin: Program) -> None:
    state = admin.get("/tenant")["ETag"]
    first = admin.send("PATCH", "/tenant", {"expiring_days": 60}, if_match=state)
    assert (first.status_code, first["ETag"]) == (200, admin.get("/tenant")["ETag"])
    for wrong in (state, '"nonsense"', "nonsense"):
        late = admin.send("PATCH", "/tenant", {"name": "Late"}, if_match=wrong)
        assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert admin.get("/tenant").json() == first.json()
    for right in (first["ETag"], "*"):
        same = admin.send("PATCH", "/tenant", {"expiring_days": 60}, if_match=right)
        assert (same.status_code, same["ETag"]) == (200, first["ETag"])


def test_no_reminders_are_an_empty_list(admin: Program) -> None:
    assert admin.send("PATCH", "/tenant", {"reminder_days": []}).json()["reminder_days"] == []


@pytest.mark.parametrize("days", [0, 30, 45, 60, 90])
def test_e10_deleted_devices_are_archived_after_these_days(admin: Program, days: int) -> None:
    assert admin.get("/tenant").json()["archive_days"] == 90
    assert admin.send("PATCH", "/tenant", {"archive_days": days}).json()["archive_days"] == days


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"time_zone": "Mars/Base"}, "bad_setting"),
        ({"name": "  "}, "bad_setting"),
        ({"reminder_days": [7, 7]}, "bad_setting"),
        ({"archive_days": 31}, "bad_setting"),
        ({"archive_days": 91}, "invalid_request"),
        ({"expiring_days": 731}, "invalid_request"),
        ({"expiring_days": "90"}, "invalid_request"),
        ({"customer_id": "9KQ2M7XV4T"}, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_refused(admin: Program, changes: object, code: str) -> None:
    answer = admin.send("PATCH", "/tenant", changes)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
