"""Schedules over HTTP (W7): list, make, change, delete, and who is kept from it."""

from __future__ import annotations

from typing import Any

import pytest

from fleetward.tenancy.models import Tenant
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast

HOME = "/warranty-schedules"


@pytest.fixture
def group(device_admin: Program) -> str:
    return str(device_admin.post("/groups", {"name": "Lyon"}).json()["id"])


@pytest.fixture
def view(device_admin: Program) -> str:
    body = {"name": "Out", "query": "status=OUT", "is_shared": True}
    return str(device_admin.post("/views", body).json()["id"])


def made(program: Program, **body: object) -> dict[str, Any]:
    answer = program.post(HOME, {"every_days": 7, **body})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    assert answer["Location"] == f"/api/v1{HOME}/{found['id']}"
    return found


def test_w7_schedules_are_made_listed_changed_and_deleted(
    device_admin: Program, reader: Program, group: str, view: str
) -> None:
    first, second = made(device_admin, group_id=group), made(device_admin, view_id=view)
    assert (first["name"], first["view_id"], first["group_id"]) == ("Lyon", None, group)
    assert (second["query"], second["problem"]) == ("status=OUT", "")
    assert reader.get(HOME).json()["schedules"] == [first, second]
    where = f"{HOME}/{first['id']}"
    assert reader.get(where).json() == first
    changed = device_admin.send("PATCH", where, {"every_days": 30, "next_on": "2099-12-31"}).json()
    assert (changed["every_days"], changed["next_on"]) == (30, "2099-12-31")
    assert changed["group_id"] == group
    other = device_admin.send("PATCH", where, {"view_id": view}).json()
    assert (other["view_id"], other["group_id"], other["every_days"]) == (view, None, 30)
    assert device_admin.send("DELETE", where).status_code == 204
    problem(device_admin.get(where), 404, "not_found")
    assert reader.get(HOME).json()["schedules"] == [second]


def test_a_schedule_that_changed_meanwhile_is_not_overwritten(
    device_admin: Program, group: str
) -> None:
    where = f"{HOME}/{made(device_admin, group_id=group)['id']}"
    read = device_admin.get(where)["ETag"]
    changed = device_admin.send("PATCH", where, {"every_days": 30}, if_match=read)
    assert (changed.status_code, changed["ETag"]) == (200, device_admin.get(where)["ETag"])
    for late in (read, '"x"'):
        answer = device_admin.send("PATCH", where, {"every_days": 1}, if_match=late)
        problem(answer, 412, "changed_meanwhile")
        problem(device_admin.send("DELETE", where, if_match=late), 412, "changed_meanwhile")
    assert device_admin.get(where).json()["every_days"] == 30
    # What changes nothing leaves the state alone, and any state will do for `*`.
    for headers in ({"if_match": changed["ETag"]}, {"if_match": "*"}, {}):
        again = device_admin.send("PATCH", where, {"every_days": 30}, **headers)
        assert (again.status_code, again["ETag"]) == (200, changed["ETag"])
    assert device_admin.send("DELETE", where, if_match=changed["ETag"]).status_code == 204


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_schedule"),
        ({"group_id": "6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10"}, "bad_schedule"),
        ({"next_on": "2020-01-01"}, "bad_schedule"),
        ({"every_days": 0}, "invalid_request"),
        ({"every_days": 91}, "invalid_request"),
        ({"every_days": None}, "invalid_request"),
        ({"begins": "2099-01-01"}, "invalid_request"),
    ],
)
def test_what_makes_no_sense_is_refused(
    device_admin: Program, group: str, body: dict[str, object], code: str
) -> None:
    new = body if not body or "group_id" in body else {"group_id": group, **body}
    problem(device_admin.post(HOME, {"every_days": 7, **new}), 422, code)
    where = f"{HOME}/{made(device_admin, group_id=group)['id']}"
    problem(device_admin.send("PATCH", where, body or {"group_id": None}), 422, code)


def test_v1_another_tenant_finds_changes_and_deletes_none(
    cast: Cast, device_admin: Program, reader: Program, outsider: Program, group: str
) -> None:
    where = f"{HOME}/{made(device_admin, group_id=group)['id']}"
    assert outsider.get(HOME).json()["schedules"] == []
    problem(outsider.get(where), 404, "not_found")
    for method, body in (("PATCH", {"every_days": 1}), ("DELETE", None)):
        problem(outsider.send(method, where, body), 404, "not_found")
        problem(reader.send(method, where, body), 403, "forbidden")
    problem(outsider.post(HOME, {"group_id": group, "every_days": 7}), 422, "bad_schedule")
    Tenant.objects.filter(id=cast.acme.id).update(has_scheduled_runs=False)
    assert device_admin.get(where).json()["every_days"] == 7
