"""If-Match: nobody overwrites what somebody else has changed meanwhile, whatever the thing is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db.models import QuerySet

from fleetward.connections.queries import list_connections
from fleetward.devices.actions import change_group, change_view
from fleetward.devices.contracts import ViewInput
from fleetward.devices.queries.groups import get_group
from fleetward.devices.queries.views import get_view
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.tenancy.actions import adjust_settings
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.actions import budgeting
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from fleetward.warranty.contracts import ModelCost
from fleetward.warranty.queries.budget import get_budget
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.api.world import World, make_world
from tests.cast import Cast, actor_of, make_cast
from tests.plugins.database import FreshDatabase
from tests.races import at_once

# Where to read, how and where to write, and two bodies that differ.
COSTS = [{"costs": [{"manufacturer": "Dell", "model": "X", "cost": cost}]} for cost in (900, 950)]
VIEWS = [{"name": name, "is_shared": True} for name in ("Lyon", "Paris")]
SERVICES = [{"values": {"client_id": name}, "is_enabled": True} for name in ("l7abd", "l7abe")]
THINGS: dict[str, tuple[str, str, str, list[dict[str, Any]]]] = {
    "group": ("/groups/<group_id>", "PATCH", "/groups/<group_id>", [{"name": "A"}, {"name": "B"}]),
    "view": ("/views/<view_id>", "PUT", "/views/<view_id>", VIEWS),
    "tenant": ("/tenant", "PATCH", "/tenant", [{"expiring_days": 60}, {"name": "Other"}]),
    "service": (
        "/external-services/<provider>",
        "PUT",
        "/external-services/<provider>",
        SERVICES,
    ),
    "costs": ("/budget", "PUT", "/budget/costs", COSTS),
}
each = pytest.mark.parametrize("name", THINGS)


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)


@each
def test_what_changed_meanwhile_is_not_overwritten(admin: Program, world: World, name: str) -> None:
    read, method, write, (first, second) = THINGS[name]
    read, write = world.address(read), world.address(write)
    seen = admin.get(read)["ETag"]
    changed = admin.send(method, write, first, if_match=seen)
    assert (changed.status_code, changed["ETag"]) == (200, admin.get(read)["ETag"])
    assert changed["ETag"] != seen
    for state in (seen, '"x"', '""', '"', "", "x", 'W/"x"', '"20260303T120000000000"'):
        problem(admin.send(method, write, second, if_match=state), 412, "changed_meanwhile")
    assert admin.get(read)["ETag"] == changed["ETag"]
    for headers in ({"if_match": changed["ETag"]}, {"if_match": "*"}, {}):
        assert admin.send(method, write, second, **headers).status_code == 200


@pytest.mark.parametrize("name", ["group", "view"])
def test_what_changed_meanwhile_is_not_deleted(admin: Program, world: World, name: str) -> None:
    read, method, write, (first, _) = THINGS[name]
    where = world.address(read)
    seen = admin.get(where)["ETag"]
    now = admin.send(method, world.address(write), first)["ETag"]
    problem(admin.send("DELETE", where, if_match=seen), 412, "changed_meanwhile")
    assert admin.send("DELETE", where, if_match=now).status_code == 204


def test_what_is_made_tells_its_state(admin: Program, world: World) -> None:
    device = f"/devices/{world.device_id}"
    assert admin.send("DELETE", f"{device}?confirm=5XK2QL3").status_code == 204
    for path, body in {
        "/groups": {"name": "Paris"},
        "/views": {"name": "Paris", "is_shared": False},
        "/devices": {"manufacturer": "Dell", "serial": "7YH2QL3"},
        f"{device}/restore": None,
    }.items():
        made = admin.post(path, body, idempotency_key=path.replace("/", "-"))
        again = admin.post(path, body, idempotency_key=path.replace("/", "-"))
        there = admin.get(made.get("Location", device))
        assert made["ETag"] == again["ETag"] == there["ETag"]


def test_the_budget_of_a_group_has_the_state_of_all_costs(admin: Program, world: World) -> None:
    """The costs that it leaves out are those of models which no device of the group is of."""
    first, second = COSTS
    whole = admin.send("PUT", "/budget/costs", first)["ETag"]
    part = admin.get(f"/budget?group={world.group_id}")
    assert "X" not in [line["model"] for line in part.json()["models"]]
    assert part["ETag"] == whole
    assert admin.send("PUT", "/budget/costs", second, if_match=part["ETag"]).status_code == 200
    problem(admin.send("PUT", "/budget/costs", first, if_match=whole), 412, "changed_meanwhile")


def test_a_service_that_is_not_set_up_has_no_state(admin: Program) -> None:
    where = "/external-services/dell"
    assert "ETag" not in admin.get(where)
    body = {"values": {"client_id": "l7", "client_secret": "s"}}
    late = admin.send("PUT", where, body, if_match='"20260303T120000000000"')
    problem(late, 412, "changed_meanwhile")
    assert admin.get(where).json()["connection"] is None
    assert admin.send("PUT", where, body)["ETag"] == admin.get(where)["ETag"]


def test_a_view_that_gives_way_to_another_has_changed(admin: Program, world: World) -> None:
    where = f"/views/{world.view_id}"
    first = {"name": "Lyon", "is_shared": True, "default_role": "DEVICE_ADMIN"}
    seen = admin.send("PUT", where, first)["ETag"]
    assert admin.post("/views", first | {"name": "Paris"}).status_code == 201
    problem(admin.send("PUT", where, first, if_match=seen), 412, "changed_meanwhile")


def writer(cast: Cast, world: World, name: str) -> Callable[[str], object]:
    """Gives the thing another word, as long as it is in the state that it is in now."""
    asked: dict[str, Any] = {"actor": actor_of(cast.admin), "tenant": cast.acme.id}
    now = utc_now()
    if name == "tenant":
        state = get_tenant_by_id(cast.acme.id).state
        return lambda word: adjust_settings(**asked, changes={"name": word}, now=now, state=state)
    if name == "costs":
        state = get_budget(**asked, today=now.date()).costs_state
        return lambda word: budgeting.set_costs(
            **asked, costs=[ModelCost("Dell", word, 9)], now=now, state=state
        )
    if name == "service":
        (row,) = list_connections(**asked)
        return lambda word: save_external_service(
            **asked,
            provider=row.provider,
            form=ServiceForm({"client_id": word}),
            now=now,
            state=row.updated_at,
        )
    asked["uid"] = UUID(world.group_id if name == "group" else world.view_id)
    if name == "group":
        seen = get_group(**asked).updated_at
        return lambda word: change_group(**asked, name=word, now=now, seen=seen)
    seen = get_view(**asked).updated_at
    return lambda word: change_view(**asked, view=ViewInput(word), now=now, seen=seen)


def raced(name: str) -> None:
    """Two overwrite the thing, each as it was before."""
    cast = make_cast()
    write = writer(cast, make_world(cast), name)
    at_once([cast.acme.id], lambda: write("first"), lambda: write("second"))


@each
def test_of_two_at_once_who_saw_the_same_one_is_refused(
    fresh_database: FreshDatabase, name: str
) -> None:
    with pytest.raises(ChangedMeanwhile):
        raced(name)


@each
def test_control_without_the_lock_both_write(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **how: self)
    monkeypatch.setattr(budgeting, "wait_turn", lambda lock, owner: None)
    raced(name)
