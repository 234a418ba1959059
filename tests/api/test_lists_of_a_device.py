"""What belongs to one device, in pages: its history, lines of cover and evidence."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from fleetward.devices.models import Change, Device
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.models import Entitlement, Evidence
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import NOW, Cast, add_devices

# How many entries each has; a device that no person added has a beginning, too.
LISTS = {"history": 11, "entitlements": 10, "evidence": 10}


@pytest.fixture
def device(cast: Cast) -> str:
    """With ten entries of each list: some said at the same time, some lines without their days."""
    owner = {"tenant_id": cast.acme.id, "device_id": add_devices(cast.acme.id, 1)[0]}
    days = (None, date(2024, 1, 1), date(2026, 12, 31))
    with tenant_scope([cast.acme.id]):
        for number, (starts, ends) in enumerate([*product(days, days), (None, None)]):
            at = NOW + timedelta(seconds=number // 3)
            said = {"source": "dell", "is_simulated": False}
            line = {"line_key": str(number), "name": str(number), "kind": "BASE", "is_cover": True}
            dates = {"starts_on": starts, "ends_on": ends, "is_rolling": number == 9}
            Entitlement.objects.create(**owner, **said, **line, **dates, recorded_at=at)
            Evidence.objects.create(
                **owner, **said, digest=str(number), body="{}", fetched_at=NOW, seen_at=at
            )
            Change.objects.create(**owner, at=at, kind="CHANGED", actor=str(number), fields={})
        return f"/devices/{Device.objects.get().uid}"


def whole(program: Program, address: str) -> list[dict[str, Any]]:
    answer = program.get(f"{address}?limit=1000").json()
    assert answer["next"] is None
    items: list[dict[str, Any]] = answer["items"]
    return items


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 3, 5])
def test_pages_hold_each_row_once_and_in_order(
    admin: Program, device: str, name: str, limit: int
) -> None:
    shown = []
    for page in admin.pages(f"{device}/{name}?limit={limit}"):
        assert 1 <= len(page) <= limit
        shown += page
    assert shown == whole(admin, f"{device}/{name}")
    assert len(shown) == LISTS[name]


def test_the_history_begins_with_the_list_that_added_the_device(
    admin: Program, device: str
) -> None:
    *changes, first = whole(admin, f"{device}/history")
    assert {entry["kind"] for entry in changes} == {"CHANGED"}
    assert {entry["origin"] for entry in changes} == {None}
    assert (first["kind"], first["origin"], first["actor"]) == ("CREATED", "CSV", "")
    assert first["at"] == admin.get(device).json()["created_at"]


def test_evidence_that_was_said_last_comes_first(admin: Program, device: str) -> None:
    digests = [one["digest"] for one in whole(admin, f"{device}/evidence")]
    assert digests == [str(number) for number in range(9, -1, -1)]


def test_lines_that_end_last_come_first(admin: Program, device: str) -> None:
    lines = whole(admin, f"{device}/entitlements")
    assert [line["is_rolling"] for line in lines] == [True] + 9 * [False]
    ends = [line["ends_on"] for line in lines[1:]]
    assert ends == 3 * ["2026-12-31"] + 3 * ["2024-01-01"] + 3 * [None]
    assert [line["starts_on"] for line in lines[1:4]] == ["2024-01-01", "2026-12-31", None]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("cursor", ["nonsense", "WzEsMl0-x", "WyJhIiwiYiIsImMiLCJkIl0", "WyJhIl0"])
def test_a_cursor_of_another_list_is_refused(
    admin: Program, device: str, name: str, cursor: str
) -> None:
    problem(admin.get(f"{device}/{name}?cursor={cursor}"), 422, "bad_cursor")


@pytest.mark.parametrize("name", LISTS)
def test_another_tenants_device_has_none(outsider: Program, device: str, name: str) -> None:
    problem(outsider.get(f"{device}/{name}"), 404, "not_found")
