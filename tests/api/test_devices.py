"""Devices over HTTP: add, find, change, delete, restore."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from fleetward.devices.contracts import BadDevice
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast, add_devices
from tests.db.devices.fleet import dynamic_group_of, group_of
from tests.db.tenancy.test_licences import add, key

NEW = {"manufacturer": "Dell Inc.", "serial": " 5xk2ql3 ", "country": "France", "name": "PC-1"}


def made(program: Program, **more: object) -> dict[str, Any]:
    answer = program.post("/devices", NEW | more)
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    assert answer["Location"] == f"/api/v1/devices/{body['id']}"
    return body


def test_device_is_stored_in_its_canonical_form(admin: Program) -> None:
    body = made(admin)
    assert (body["manufacturer"], body["serial"], body["country"]) == ("Dell", "5XK2QL3", "FR")
    assert (body["origin"], body["is_active"]) == ("API", True)
    assert body["warranty"]["status"] == "UNKNOWN"
    assert body["warranty"]["reason"]
    assert admin.get(f"/devices/{body['id']}").json() == body


def test_e13_a_device_tells_the_groups_of_both_kinds_that_it_is_in(
    admin: Program, cast: Cast
) -> None:
    body = made(admin)
    assert body["groups"] == []
    with tenant_scope([cast.acme.id]):
        device = Device.objects.get(uid=body["id"])
    static = group_of(cast.acme.id, "Paris", [device.id])
    group_of(cast.acme.id, "Empty", [])
    dynamic = dynamic_group_of(cast.acme.id, "All of Dell", "vendor=Dell")
    dynamic_group_of(cast.acme.id, "All of HP", "vendor=HP")
    told = [{"id": str(dynamic), "name": "All of Dell"}, {"id": str(static), "name": "Paris"}]
    where = f"/devices/{body['id']}"
    assert admin.get(where).json() == body | {"groups": told}
    assert admin.send("PATCH", where, {"name": "PC-2"}).json()["groups"] == told
    assert all("groups" not in one for one in admin.get("/devices").json()["items"])
    assert admin.send("DELETE", f"{where}?confirm=5XK2QL3").status_code == 204
    assert admin.get(where).json()["groups"] == []


def test_what_looks_odd_in_a_serial_is_pointed_out_and_kept(admin: Program) -> None:
    odd = made(admin, serial="5XK2OL3")
    assert (odd["serial"], [hint["code"] for hint in odd["hints"]]) == ("5XK2OL3", ["LOOK_ALIKE"])
    assert all(odd["hints"][0].values())
    made(admin)
    listed = admin.get("/devices?sort=serial").json()["items"]
    assert [device["hints"] for device in listed] == [odd["hints"], []]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"serial": "To be filled by O.E.M."}, "serial"),
        ({"serial": ""}, "serial"),
        ({"serial": "1.23E+15"}, "serial"),
        ({"serial": "12/03/2024"}, "serial"),
        ({"serial": "5XK\u200b2QL3"}, "serial"),
        ({"serial": "S" * 100}, "serial"),
        ({"manufacturer": " "}, "manufacturer"),
        ({"country": "Atlantis"}, "country"),
        ({"name": "n" * 121}, "name"),
    ],
)
def test_values_that_cannot_be_stored_are_refused(
    admin: Program, more: dict[str, str], field: str
) -> None:
    body = problem(admin.post("/devices", NEW | more), 422, "bad_device")
    assert body["fields"]["field"] == field
    assert body["detail"].startswith(f"{field}: ")
    assert body["fields"]["refusal"] not in body["detail"]
    assert body["fix"] not in {"", BadDevice.fix}
    assert admin.get("/devices").json()["items"] == []


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"colour": "red"}, "body.colour"),
        ({"is_active": False}, "body.is_active"),
        ({"serial": None}, "body.serial"),
        ({"serial": 12345}, "body.serial"),
        ({"is_virtual": "yes"}, "body.is_virtual"),
        ({"purchased_on": "2024-02-30"}, "body.purchased_on"),
        ({"purchased_on": 1700000000}, "body.purchased_on"),
        ({"purchased_on": "20240301"}, "body.purchased_on"),
        ({"name": "n" * 10_000}, "body.name"),
    ],
)
def test_fields_that_do_not_fit_are_named(
    admin: Program, more: dict[str, object], where: str
) -> None:
    body = problem(admin.post("/devices", NEW | more), 422, "invalid_request")
    assert [p["where"] for p in body["problems"]] == [where]


@pytest.mark.parametrize("text", [r"PC\u0000", r"\ud800"])
def test_text_that_cannot_be_stored_is_refused(admin: Program, text: str) -> None:
    raw = b'{"manufacturer": "Dell", "serial": "5XK2QL3", "name": "' + text.encode() + b'"}'
    problem(admin.post("/devices", raw), 400, "malformed_body")


def test_t10_a_second_device_of_the_same_identity_is_a_conflict(admin: Program) -> None:
    made(admin)
    problem(admin.post("/devices", NEW), 409, "duplicate_device")


def test_a_device_that_changed_meanwhile_is_not_overwritten(admin: Program) -> None:
    where = f"/devices/{made(admin)['id']}"
    read = admin.get(where)["ETag"]
    changed = admin.send("PATCH", where, {"location": "Lyon"}, if_match=read)
    assert (changed.status_code, changed["ETag"]) == (200, admin.get(where)["ETag"])
    assert changed["ETag"] != read
    late = admin.send("PATCH", where, {"location": "Paris"}, if_match=read)
    problem(late, 412, "changed_meanwhile")
    assert admin.get(where).json()["location"] == "Lyon"
    gone = admin.send("DELETE", f"{where}?confirm=5XK2QL3", if_match=read)
    problem(gone, 412, "changed_meanwhile")
    assert admin.get(where).json()["is_active"] is True
    # Whoever wants any state, or names none, does.
    for headers in ({"if_match": "*"}, {"if_match": changed["ETag"]}, {}):
        assert admin.send("PATCH", where, {"location": "Lyon"}, **headers).status_code == 200
    now = {"if_match": changed["ETag"]}
    assert admin.send("DELETE", f"{where}?confirm=5XK2QL3", **now).status_code == 204


@pytest.mark.parametrize("state", ['"x"', 'W/"20260303T120000000000"', "20260303", '""'])
def test_a_state_that_is_none_of_ours_is_never_there(admin: Program, state: str) -> None:
    where = f"/devices/{made(admin)['id']}"
    problem(
        admin.send("PATCH", where, {"location": "Lyon"}, if_match=state), 412, "changed_meanwhile"
    )


def test_only_the_given_fields_change(admin: Program) -> None:
    device = made(admin, purchased_on="2024-03-01")
    address = f"/devices/{device['id']}"
    changed = admin.send("PATCH", address, {"location": "Lyon", "purchased_on": None}).json()
    assert changed["updated_at"] > device["updated_at"]
    same = {"updated_at": ""}
    assert changed | same == device | {"location": "Lyon", "purchased_on": None} | same
    history = admin.get(f"{address}/history").json()["items"]
    assert [entry["kind"] for entry in history] == ["CHANGED", "CREATED"]
    assert history[0]["fields"]["location"] == ["", "Lyon"]


def test_l3_a_plan_is_given_to_one_device_and_to_a_selection(
    admin: Program, device_admin: Program, cast: Cast
) -> None:
    where = f"/devices/{made(admin)['id']}"
    problem(admin.send("PATCH", where, {"plan": "PREMIUM"}), 422, "plan_without_key")
    add(cast, key(cast.acme, plan="PREMIUM", days=4000))
    problem(device_admin.send("PATCH", where, {"plan": "PREMIUM"}), 403, "forbidden")
    assert admin.send("PATCH", where, {"plan": "PREMIUM"}).json()["plan"] == "PREMIUM"
    assert len(admin.get("/devices?where=plan:is:PREMIUM").json()["items"]) == 1
    selection = admin.post("/selections", {"filter": {}}).json()["id"]
    edit = f"/selections/{selection}/edit"
    problem(admin.post(edit, {"plan": "STANDARD"}), 422, "plan_without_key")
    assert admin.post(edit, {"plan": ""}).status_code == 202
    problem(admin.post("/devices", NEW | {"plan": "PREMIUM"}), 422, "invalid_request")


def test_a_change_that_is_none_is_answered_like_one(admin: Program) -> None:
    device = made(admin)
    again = admin.send("PATCH", f"/devices/{device['id']}", {"name": "PC-1"})
    assert again.json() == device


@pytest.mark.parametrize("body", [{"serial": "N/A"}, {"manufacturer": ""}, {"serial": ""}])
def test_a_change_cannot_take_the_identity_away(admin: Program, body: dict[str, str]) -> None:
    device = made(admin)
    problem(admin.send("PATCH", f"/devices/{device['id']}", body), 422, "bad_device")


def test_e10_deleting_needs_the_serial_number(admin: Program) -> None:
    address = f"/devices/{made(admin)['id']}"
    problem(admin.send("DELETE", address), 422, "invalid_request")
    problem(admin.send("DELETE", f"{address}?confirm=5XK2QL4"), 422, "wrong_confirmation")
    assert admin.get(address).json()["is_active"] is True
    assert admin.send("DELETE", f"{address}?confirm=5xk2ql3").status_code == 204
    deleted = admin.get(address).json()
    assert (deleted["is_active"], deleted["warranty"]) == (False, None)


def test_e11_deleted_devices_stay_findable_and_come_back(admin: Program) -> None:
    device = made(admin)
    address = f"/devices/{device['id']}"
    admin.send("DELETE", f"{address}?confirm=5XK2QL3")
    assert admin.get("/devices").json()["items"] == []
    found = admin.get("/devices?is_active=false&q=5XK2").json()["items"]
    assert [row["id"] for row in found] == [device["id"]]
    other = made(admin, serial="5XK2QL4")
    for query, ids in {
        "is_archived=false": [device["id"]],
        "is_archived=false&is_active=true": [device["id"]],
        "is_archived=true": [],
        "is_active=true": [other["id"]],
    }.items():
        found = admin.get(f"/devices?{query}").json()["items"]
        assert [row["id"] for row in found] == ids, query
    assert admin.post(f"{address}/restore").json()["is_active"] is True
    problem(admin.post(f"{address}/restore"), 404, "not_found")


def test_pages_follow_each_other_without_gap_or_double(cast: Cast, admin: Program) -> None:
    add_devices(cast.acme.id, 25)
    for sort in ("serial", "-serial", "name", "end", "-end", "model"):
        pages = admin.pages(f"/devices?sort={sort}&limit=10")
        seen = [row["serial"] for page in pages for row in page]
        assert len(seen) == len(set(seen)) == 25
        if sort in ("serial", "-serial"):
            assert seen == sorted(seen, reverse=sort == "-serial")


def test_filters_narrow_the_list(cast: Cast, admin: Program) -> None:
    dell = add_devices(cast.acme.id, 3, "Dell", model="Latitude")
    group = group_of(cast.acme.id, "Paris", dell[:2])
    add_devices(cast.acme.id, 2, "Lenovo", model="ThinkPad")
    add_devices(cast.acme.id, 1, "HP", assigned_user="Zoé")
    for query, count in {
        "": 6,
        "manufacturer=Dell": 3,
        "manufacturer=Dell&manufacturer=Lenovo": 5,
        "model=ThinkPad": 2,
        "status=UNKNOWN": 6,
        "status=IN&status=OUT": 0,
        "reason=NOT_CONFIGURED": 6,
        "is_checked=false": 0,
        "is_simulated=true": 0,
        f"group={group}": 2,
        f"group={group}&group={uuid.uuid4()}&manufacturer=HP": 0,
        f"group={uuid.uuid4()}": 0,
        "q=zo%C3%A9": 1,
        "q=thinkp": 2,
        "ends_from=2026-01-01&ends_to=2026-12-31": 0,
        "is_active=false": 0,
    }.items():
        assert len(admin.get(f"/devices?{query}").json()["items"]) == count, query


@pytest.mark.parametrize(
    "query",
    [
        "status=GONE",
        "reason=BECAUSE",
        "ends_from=yesterday",
        "ends_to=2026-13-01",
        "is_checked=maybe",
        "sort=colour",
        "group=Paris",
        "limit=1001",
        "offset=50",
        "q=" + "x" * 201,
        "q=%00",
        "manufacturer=a%00b",
    ],
)
def test_bad_filters_are_refused(admin: Program, query: str) -> None:
    problem(admin.get(f"/devices?{query}"), 422, "invalid_request")


def test_cursor_of_another_order_is_refused(cast: Cast, admin: Program) -> None:
    add_devices(cast.acme.id, 3)
    cursor = admin.get("/devices?sort=serial&limit=1").json()["next"]
    problem(admin.get(f"/devices?sort=name&limit=1&cursor={cursor}"), 422, "bad_cursor")


def test_ids_that_are_none_are_not_found(admin: Program) -> None:
    for word in ("1", "x", "30c339dc-fc41-4864-b7d7-4d9861611ae", "%00"):
        problem(admin.get(f"/devices/{word}"), 404, "not_found")


def test_trail_says_which_token_did_it(cast: Cast, admin: Program) -> None:
    device = made(admin)
    entry = admin.get("/audit?verb=device.added").json()["items"][0]
    assert entry["actor"] == "admin@acme.example (CI)"
    assert entry["subject"] == f"device:{device['id']}"
    with tenant_scope([cast.acme.id]):
        assert Device.objects.get().origin == "API"


def test_any_column_is_compared_and_nonsense_is_refused(admin: Program) -> None:
    made(admin, location="Paris")
    made(admin, serial="5XK2QL4", location="Lyon")
    found = admin.get("/devices?where=location:is:paris&where=asset_tag:empty").json()
    assert [one["serial"] for one in found["items"]] == ["5XK2QL3"]
    refused = admin.get("/devices?where=location:before:Paris")
    assert (refused.status_code, "where" in refused.content.decode()) == (422, True)
