"""Refreshing only some devices over HTTP (W7): by coverage, a view or a group, in one call."""

from __future__ import annotations

from typing import Any

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.warranty.models import Coverage, Run
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import NOW, Cast, add_devices
from tests.db.warranty.scheduling import DAY, group_of, visited

HOME = "/warranty-runs"
NOBODYS = "6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10"


@pytest.fixture
def group(cast: Cast) -> str:
    """Of two devices, one of them expired; a third one is expiring."""
    devices = add_devices(cast.acme.id, 3, location="Paris")
    with tenant_scope([cast.acme.id]):
        for device, left in ((devices[0], -1), (devices[2], 20)):
            known = Coverage.objects.filter(device_id=device)
            known.update(reason="", ends_on=NOW.date() + left * DAY)
    return str(group_of(cast.acme.id, devices[:2]))


@pytest.fixture
def view(device_admin: Program) -> str:
    body = {"name": "Paris", "query": "where=location:is:Paris", "is_shared": False}
    return str(device_admin.post("/views", body).json()["id"])


def started(program: Program, body: dict[str, Any] | None) -> dict[str, Any]:
    answer = program.post(HOME, body)
    assert answer.status_code == 202, answer.content
    found: dict[str, Any] = answer.json()
    assert answer["Location"] == f"/api/v1{HOME}/{found['id']}"
    return found


@pytest.mark.parametrize("body", [None, {}, {"scope": "ALL"}, {"scope": None}])
def test_w7_everything_is_bulk_processing(
    device_admin: Program, group: str, body: dict[str, Any] | None
) -> None:
    first = started(device_admin, body)
    assert first["trigger"] == "BULK"
    assert started(device_admin, None)["id"] == first["id"]


@pytest.mark.parametrize(
    ("body", "devices", "called"),
    [
        ({"scope": "EXPIRED"}, 1, ("", "EXPIRED")),
        ({"scope": "EXPIRING"}, 1, ("", "EXPIRING")),
        ({"group_id": "<group>"}, 2, ("Lyon", None)),
        ({"view_id": "<view>"}, 3, ("", None)),
    ],
)
def test_w7_only_some_devices_in_one_call(
    cast: Cast,
    device_admin: Program,
    group: str,
    view: str,
    body: dict[str, str],
    devices: int,
    called: object,
) -> None:
    known = {"<group>": group, "<view>": view}
    run = started(device_admin, {name: known.get(value, value) for name, value in body.items()})
    assert run["trigger"] == "SELECTION"
    assert (run["name"], run["scope"]) == called
    with tenant_scope([cast.acme.id]):
        kept = Run.objects.get(uid=run["id"])
    assert visited(cast.acme.id, kept) == devices  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        {"scope": "SOME"},
        {"status": "OUT"},
        {"scope": "ALL", "view_id": NOBODYS},
        {"group_id": NOBODYS, "view_id": NOBODYS},
        {"view_id": "Paris"},
    ],
)
def test_what_makes_no_sense_starts_nothing(
    cast: Cast, device_admin: Program, group: str, body: dict[str, str]
) -> None:
    problem(device_admin.post(HOME, body), 422, "invalid_request")
    with tenant_scope([cast.acme.id]):
        assert not Run.objects.exists()


@pytest.mark.parametrize("name", ["view_id", "group_id"])
def test_what_is_not_there_is_not_found(device_admin: Program, group: str, name: str) -> None:
    problem(device_admin.post(HOME, {name: NOBODYS}), 404, "not_found")


def test_no_device_is_told(device_admin: Program) -> None:
    problem(device_admin.post(HOME, {"scope": "EXPIRED"}), 409, "nothing_selected")


def test_w7_a_view_of_deleted_devices_is_selected_and_not_refreshed(
    cast: Cast, device_admin: Program, group: str
) -> None:
    add_devices(cast.acme.id, 2, is_active=False)
    body = {"name": "Deleted", "query": "state=inactive", "is_shared": False}
    view = device_admin.post("/views", body).json()["id"]
    problem(device_admin.post(HOME, {"view_id": view}), 409, "unfit_filter")
    chosen = device_admin.post("/selections", {"view_id": view})
    assert (chosen.status_code, chosen.json()["devices"]) == (201, 2)


def test_a_view_is_selected_as_the_list_shows_it(
    device_admin: Program, group: str, view: str
) -> None:
    chosen = device_admin.post("/selections", {"view_id": view}).json()
    assert (chosen["devices"], chosen["is_whole"]) == (3, True)
    problem(device_admin.post("/selections", {"view_id": NOBODYS}), 404, "not_found")
    both = {"view_id": view, "filter": {}}
    problem(device_admin.post("/selections", both), 422, "invalid_request")


def test_a_view_with_an_unknown_filter_selects_nothing(device_admin: Program, group: str) -> None:
    body = {"name": "Odd", "query": "status=GONE", "is_shared": False}
    view = device_admin.post("/views", body).json()["id"]
    problem(device_admin.post("/selections", {"view_id": view}), 409, "unfit_filter")
