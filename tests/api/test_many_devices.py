"""Selections, bulk changes, groups and views over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from fleetward.api.v1.selection_schemas import SelectionFilter
from fleetward.devices.bulk.actions import work_off
from fleetward.devices.bulk.contracts import FEW_DEVICES
from fleetward.devices.models import BulkRun, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.running import plan_run
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.models import Run
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.web.pages.devices_filter import read_filter
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast, add_devices

DEVICES = 5
Word = TypeVar("Word", bound=StrEnum)


@pytest.fixture
def devices(cast: Cast, device_admin: Program) -> list[str]:
    """Their ids, by serial."""
    add_devices(cast.acme.id, DEVICES)
    return [one["id"] for one in device_admin.get("/devices?sort=serial").json()["items"]]


def selected(program: Program, **body: object) -> str:
    answer = program.post("/selections", body)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def begun(program: Program, path: str, body: object = None) -> dict[str, Any]:
    """Begin a bulk change; how it stands afterwards."""
    answer = program.post(path, body)
    assert answer.status_code == 202, answer.content
    assert answer["Location"] == f"/api/v1/bulk-changes/{answer.json()['id']}"
    found: dict[str, Any] = program.get(answer["Location"]).json()
    return found


def outcomes(program: Program, change: dict[str, Any]) -> list[str]:
    items = program.get(f"/bulk-changes/{change['id']}/outcomes").json()["items"]
    return [one["outcome"] for one in items]


def locations(program: Program) -> list[str]:
    return [one["location"] for one in program.get("/devices?sort=serial").json()["items"]]


def test_a_selection_is_exactly_what_was_selected(
    cast: Cast, device_admin: Program, devices: Sequence[str]
) -> None:
    whole = device_admin.post("/selections", {"filter": {}})
    few = device_admin.post("/selections", {"devices": devices[:2]})
    add_devices(cast.acme.id, 1)
    assert whole["Location"] == f"/api/v1/selections/{whole.json()['id']}"
    shown = device_admin.get(whole["Location"]).json()
    assert (shown["devices"], shown["is_whole"]) == (DEVICES, True)
    assert (few.json()["devices"], few.json()["is_whole"]) == (2, False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"devices": []},
        {"devices": ["none"]},
        {"devices": ["00000000-0000-4000-8000-000000000000"], "filter": {}},
        {"filter": {"colour": "blue"}},
        {"filter": {"where": ["colour:is:blue"]}},
        {"filter": {"sort": "name"}},
        {"filter": {"model": [" "]}},
    ],
)
def test_selections_that_could_be_misread_are_refused(device_admin: Program, body: object) -> None:
    problem(device_admin.post("/selections", body), 422, "invalid_request")


def test_more_than_ten_thousand_ids_at_once_are_refused(
    device_admin: Program, devices: Sequence[str]
) -> None:
    problem(
        device_admin.post("/selections", {"devices": devices[:1] * 10_001}), 422, "invalid_request"
    )


def test_nothing_in_sight_is_no_selection(outsider: Program, devices: Sequence[str]) -> None:
    problem(outsider.post("/selections", {"devices": devices}), 409, "nothing_selected")


def test_a_selection_is_of_its_user_alone(
    admin: Program, device_admin: Program, devices: Sequence[str]
) -> None:
    selection = selected(device_admin, devices=devices)
    problem(admin.get(f"/selections/{selection}"), 404, "selection_gone")
    problem(
        admin.post(f"/selections/{selection}/edit", {"location": "Rome"}), 404, "selection_gone"
    )
    problem(
        admin.post(f"/selections/{selection}/delete", {"confirm": DEVICES}), 404, "selection_gone"
    )


def test_many_devices_are_edited_with_an_outcome_for_each_and_taken_back(
    device_admin: Program, devices: Sequence[str]
) -> None:
    device_admin.send("PATCH", f"/devices/{devices[0]}", {"location": "Paris"})
    selection = selected(device_admin, devices=devices[:4])
    device_admin.send("PATCH", f"/devices/{devices[1]}", {"location": "Oslo"})
    done = begun(device_admin, f"/selections/{selection}/edit", {"location": "Paris"})
    assert (done["kind"], done["state"], done["is_open"]) == ("EDIT", "DONE", False)
    assert outcomes(device_admin, done) == ["UNCHANGED", "CHANGED_SINCE", "DONE", "DONE"]
    assert done["params"] == {"location": "Paris"}
    assert sum(done["counts"].values()) == done["devices"] == 4
    back = begun(device_admin, f"/bulk-changes/{done['id']}/undo")
    assert (back["undo_of"], back["counts"]["done"]) == (done["id"], 2)
    assert locations(device_admin)[:4] == ["Paris", "Oslo", "", ""]
    problem(device_admin.post(f"/bulk-changes/{back['id']}/undo"), 409, "nothing_to_undo")
    problem(device_admin.post(f"/bulk-changes/{back['id']}/cancel"), 409, "bulk_over")
    listed = device_admin.get("/bulk-changes?limit=1").json()
    assert [one["id"] for one in listed["items"]] == [back["id"]]
    after = device_admin.get(f"/bulk-changes?cursor={listed['next']}").json()
    assert [one["id"] for one in after["items"]] == [done["id"]]


def test_outcomes_are_filtered_and_kept_as_a_file(
    device_admin: Program, devices: Sequence[str]
) -> None:
    selection = selected(device_admin, devices=devices)
    device_admin.send("PATCH", f"/devices/{devices[2]}", {"name": "PC-3"})
    done = begun(device_admin, f"/selections/{selection}/edit", {"is_virtual": True})
    where = f"/bulk-changes/{done['id']}/outcomes"
    left = device_admin.get(f"{where}?outcome=CHANGED_SINCE").json()["items"]
    assert [one["device_id"] for one in left] == [devices[2]]
    file = device_admin.get(f"{where}.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [row["outcome"] for row in rows].count("DONE") == DEVICES - 1
    assert len(rows) == DEVICES


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_to_change"),
        ({"country": "Atlantis"}, "bad_device"),
        ({"serial": "ABC1234"}, "invalid_request"),
        ({"purchased_on": "soon"}, "invalid_request"),
    ],
)
def test_edits_that_cannot_be_are_refused(
    device_admin: Program, devices: Sequence[str], body: object, code: str
) -> None:
    selection = selected(device_admin, devices=devices)
    problem(device_admin.post(f"/selections/{selection}/edit", body), 422, code)


def test_e10_a_selection_is_deleted_by_its_number_of_devices_and_restored(
    device_admin: Program, devices: Sequence[str]
) -> None:
    selection = selected(device_admin, filter={})
    where = f"/selections/{selection}/delete"
    problem(device_admin.post(where, {"confirm": DEVICES - 1}), 422, "wrong_count")
    assert len(locations(device_admin)) == DEVICES
    done = begun(device_admin, where, {"confirm": DEVICES})
    assert (done["kind"], done["counts"]["done"]) == ("DELETE", DEVICES)
    assert locations(device_admin) == []
    gone = selected(device_admin, filter={"is_active": False})
    assert begun(device_admin, f"/selections/{gone}/restore")["counts"]["done"] == DEVICES
    assert len(locations(device_admin)) == DEVICES


def test_the_same_key_begins_one_bulk_change(device_admin: Program, devices: Sequence[str]) -> None:
    where = f"/selections/{selected(device_admin, devices=devices)}/edit"
    first, again = (
        device_admin.post(where, {"location": "Rome"}, idempotency_key="edit-1") for _ in range(2)
    )
    assert (first.content, again["Idempotency-Replayed"]) == (again.content, "true")
    assert len(device_admin.get("/bulk-changes").json()["items"]) == 1
    problem(
        device_admin.post(where, {"location": "Oslo"}, idempotency_key="edit-1"),
        422,
        "idempotency_key_reused",
    )


def test_many_devices_are_a_workers_and_can_be_cancelled(cast: Cast, device_admin: Program) -> None:
    add_devices(cast.acme.id, FEW_DEVICES + 1)
    selection = selected(device_admin, filter={})
    open_one = begun(device_admin, f"/selections/{selection}/edit", {"location": "Rome"})
    assert (open_one["state"], open_one["is_open"]) == ("RUNNING", True)
    cancelled = device_admin.post(f"/bulk-changes/{open_one['id']}/cancel").json()
    assert cancelled["state"] == "CANCELLING"
    with tenant_scope([cast.acme.id]):
        run = BulkRun.objects.get()
    work_off(tenant=cast.acme.id, run=run.id, clock=utc_now)
    ended = device_admin.get(f"/bulk-changes/{open_one['id']}").json()
    assert (ended["state"], ended["counts"]["skipped"]) == ("CANCELLED", FEW_DEVICES + 1)


def test_w7_the_vendors_are_asked_about_a_selection_once(
    cast: Cast, device_admin: Program, devices: Sequence[str]
) -> None:
    where = f"/selections/{selected(device_admin, devices=devices[:2])}/refresh"
    first, again = (device_admin.post(where) for _ in range(2))
    assert first.status_code == 202
    assert first.json()["trigger"] == "SELECTION"
    assert again.json()["id"] == first.json()["id"]
    with tenant_scope([cast.acme.id]):
        run = Run.objects.get()
    plan_run(run_id=run.id, tenant=cast.acme.id, now=utc_now())
    shown = device_admin.get(f"/warranty-runs/{run.uid}").json()["since_selected"]
    assert shown == {"devices": 2, "changed_since": 0, "gone": 0}


def test_e13_groups_are_made_filled_and_emptied(
    device_admin: Program, devices: Sequence[str]
) -> None:
    made = device_admin.post("/groups", {"name": "Lyon"})
    where = made["Location"]
    assert (made.status_code, made.json()["kind"]) == (201, "STATIC")
    selection = selected(device_admin, devices=devices[:3])
    done = begun(device_admin, f"{where}/add", {"selection_id": selection})
    assert done["params"] == {"group": made.json()["id"], "name": "Lyon"}
    shown = device_admin.get(where).json()
    assert (shown["devices"], shown["has_more"]) == (3, False)
    found = device_admin.get(f"/devices?sort=serial&group={made.json()['id']}").json()["items"]
    assert [one["id"] for one in found] == devices[:3]
    out = selected(device_admin, devices=devices[:1])
    begun(device_admin, f"{where}/remove", {"selection_id": out})
    assert device_admin.get(where).json()["devices"] == 2
    changed = device_admin.send("PATCH", where, {"description": "All of Lyon"}).json()
    assert (changed["name"], changed["description"]) == ("Lyon", "All of Lyon")
    problem(device_admin.post("/groups", {"name": "LYON"}), 409, "group_exists")
    problem(device_admin.post("/groups", {"name": " "}), 422, "bad_group")
    problem(device_admin.send("PATCH", where, {"name": ""}), 422, "bad_group")
    assert device_admin.send("DELETE", where).status_code == 204
    problem(device_admin.get(where), 404, "not_found")
    assert len(locations(device_admin)) == DEVICES


@pytest.mark.parametrize("is_dynamic", [False, True])
def test_a_group_that_changed_meanwhile_is_not_overwritten(
    device_admin: Program, devices: Sequence[str], is_dynamic: bool
) -> None:
    more = {"filter": {"where": ["location:is:Oslo"]}} if is_dynamic else {}
    where = device_admin.post("/groups", {"name": "Lyon", **more})["Location"]
    state = device_admin.get(where)["ETag"]
    again = {"filter": {"where": ["location:is:Rome"]}} if is_dynamic else {"name": "Paris"}
    first = device_admin.send("PATCH", where, again, if_match=state)
    assert (first.status_code, first["ETag"]) == (200, device_admin.get(where)["ETag"])
    for late in (
        device_admin.send("PATCH", where, again | {"description": "late"}, if_match=state),
        device_admin.send("DELETE", where, if_match=state),
    ):
        problem(late, 412, "changed_meanwhile")
    assert device_admin.send("DELETE", where, if_match=first["ETag"]).status_code == 204


def test_a_selection_takes_ten_thousand_devices_at_once(
    device_admin: Program, devices: Sequence[str]
) -> None:
    nobody = [f"00000000-0000-4000-8000-{number:012d}" for number in range(10_000 - len(devices))]
    selection = device_admin.post("/selections", {"devices": [*devices, *nobody]})
    told = selection.json()
    assert (selection.status_code, told["devices"]) == (201, len(devices))
    assert (told["not_found"], told["not_found_ids"]) == (len(nobody), nobody)
    more = [*devices, *nobody, "00000000-0000-4000-8000-999999999999"]
    problem(device_admin.post("/selections", {"devices": more}), 422, "invalid_request")


def test_ids_that_name_nothing_in_sight_are_told_alike(
    cast: Cast, device_admin: Program, devices: Sequence[str]
) -> None:
    """Whether another tenant has a device of that id is not told (hardening, tenants)."""
    add_devices(cast.other.id, 1)
    with tenant_scope([cast.other.id]):
        theirs = str(Device.objects.get().uid)
    never = "00000000-0000-4000-8000-000000000000"
    given = [theirs, devices[0], never, devices[1], devices[0]]
    told = device_admin.post("/selections", {"devices": given}).json()
    assert (told["devices"], told["not_found"]) == (2, 2)
    assert told["not_found_ids"] == [theirs, never]
    whole = device_admin.post("/selections", {"filter": {}}).json()
    assert (whole["not_found"], whole["not_found_ids"]) == (0, [])


def test_e13_a_group_with_a_filter_is_dynamic(
    device_admin: Program, devices: Sequence[str]
) -> None:
    """Its members are what the filter leaves now; nobody is put in or taken out by hand."""
    made = device_admin.post("/groups", {"name": "Oslo", "filter": {"where": ["location:is:Oslo"]}})
    where, shown = made["Location"], made.json()
    assert (shown["kind"], shown["query"]) == ("DYNAMIC", "where=location%3Ais%3AOslo")
    assert shown["devices"] == 0
    device_admin.send("PATCH", f"/devices/{devices[0]}", {"location": "Oslo"})
    found = device_admin.get(f"/devices?group={shown['id']}").json()["items"]
    assert [one["id"] for one in found] == devices[:1]
    assert device_admin.get(where).json()["devices"] == 1
    assert [one["devices"] for one in device_admin.get("/groups").json()["items"]] == [1]
    selection = selected(device_admin, filter={"group": [shown["id"]]})
    for verb in ("add", "remove"):
        answer = device_admin.post(f"{where}/{verb}", {"selection_id": selection})
        problem(answer, 409, "group_is_dynamic")
    changed = device_admin.send("PATCH", where, {"query": "vendor=Nobody"}).json()
    assert (changed["name"], changed["query"]) == ("Oslo", "vendor=Nobody")
    assert changed["devices"] == 0
    renamed = device_admin.send("PATCH", where, {"name": "Bergen"}).json()
    assert (renamed["name"], renamed["query"]) == ("Bergen", "vendor=Nobody")
    assert device_admin.send("DELETE", where).status_code == 204


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"filter": {}}, "bad_group"),
        ({"query": ""}, "bad_group"),
        ({"query": "statuses=OUT"}, "bad_group"),
        ({"filter": {"is_active": False}}, "bad_group"),
        ({"filter": {"group": ["00000000-0000-4000-8000-000000000000"]}}, "bad_group"),
        ({"filter": {"status": ["OUT"]}, "query": "status=OUT"}, "invalid_request"),
        ({"filter": {"colour": "blue"}}, "invalid_request"),
    ],
)
def test_filters_that_a_group_cannot_keep_are_refused(
    device_admin: Program, body: dict[str, object], code: str
) -> None:
    problem(device_admin.post("/groups", {"name": "Oslo", **body}), 422, code)
    made = device_admin.post("/groups", {"name": "Out", "query": "status=OUT"})
    problem(device_admin.send("PATCH", made["Location"], body), 422, code)


def test_a_dynamic_group_asked_for_twice_is_made_once(device_admin: Program) -> None:
    body = {"name": "Out", "filter": {"status": ["OUT"]}}
    answers = [device_admin.post("/groups", body, **{"idempotency-key": "same"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(device_admin.get("/groups").json()["items"]) == 1


def test_groups_are_listed_by_name_page_after_page(device_admin: Program) -> None:
    for name in ("lyon", "Berlin", "Ångström", "berlin 2"):
        device_admin.post("/groups", {"name": name})
    names = [one["name"] for page in device_admin.pages("/groups?limit=2") for one in page]
    assert names == ["Berlin", "berlin 2", "lyon", "Ångström"]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "W251bGxd", "WyJhIiwiYiJd"])
def test_cursors_of_other_lists_are_refused(device_admin: Program, cursor: str) -> None:
    problem(device_admin.get(f"/groups?cursor={cursor}"), 422, "bad_cursor")


def test_views_are_kept_changed_and_forgotten(admin: Program, device_admin: Program) -> None:
    made = device_admin.post(
        "/views", {"name": "Lyon", "query": "where=location%3Ais%3ALyon", "is_shared": False}
    )
    assert made.status_code == 201
    where = made["Location"]
    assert device_admin.get(where).json() == made.json()
    # Nobody else sees it until it is shared.
    problem(admin.get(where), 404, "not_found")
    shared = {"name": "Lyon", "query": "status=OUT", "is_shared": True}
    assert device_admin.send("PUT", where, shared).json()["query"] == "status=OUT"
    assert [one["is_own"] for one in admin.get("/views").json()["items"]] == [False]
    problem(admin.send("PUT", where, {"name": "Lyon"}), 422, "invalid_request")
    # An administrator who gives it back to its owner alone is answered, and sees it no more.
    back = admin.send("PUT", where, {"name": "Lyon", "is_shared": False})
    assert (back.status_code, back.json()["is_shared"]) == (200, False)
    assert admin.get("/views").json()["items"] == []
    problem(
        device_admin.post("/views", {"name": "lyon", "is_shared": False}), 409, "view_name_taken"
    )
    problem(
        device_admin.post(
            "/views", {"name": "All", "is_shared": True, "default_role": "REPORT_ADMIN"}
        ),
        403,
        "forbidden",
    )
    assert device_admin.send("DELETE", where).status_code == 204
    assert device_admin.get("/views").json()["items"] == []


def in_order_of(kind: type[Word]) -> Callable[[list[Word]], list[Word]]:
    """The page gives words in the order of their kind."""
    return lambda given: [word for word in kind if word in given]


days = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
texts = st.lists(
    st.text(st.characters(exclude_categories=["C"])).map(str.strip).filter(bool),
    max_size=3,
    unique=True,
)
filters = st.builds(
    dict,
    q=st.text(st.characters(exclude_categories=["C"]), max_size=20),
    status=st.lists(st.sampled_from(Status), unique=True).map(in_order_of(Status)),
    reason=st.lists(st.sampled_from(Reason), unique=True).map(in_order_of(Reason)),
    manufacturer=texts,
    manufacturer_not=texts,
    model=texts,
    group=st.lists(st.uuids(), max_size=3, unique=True),
    ends_from=days,
    ends_to=days,
    is_active=st.booleans(),
    is_archived=st.sampled_from([True, False, None]),
    where=st.sampled_from([[], ["location:is:Paris"], ["asset_tag:empty", "ends_on:next:30"]]),
)
mark = st.sampled_from([True, False, None])


@given(filters, mark, mark)
def test_a_filter_is_the_same_in_the_address_of_the_page(
    words: dict[str, Any], is_checked: bool | None, is_simulated: bool | None
) -> None:
    asked = SelectionFilter(**words, is_checked=is_checked, is_simulated=is_simulated)
    today = date(2026, 3, 3)
    shown: DeviceFilter = read_filter(QueryDict(asked.address()), today)
    assert shown == asked.filter_on(today, "UTC")
