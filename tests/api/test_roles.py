"""Roles as a program keeps them (L1)."""

from __future__ import annotations

from typing import Any

import pytest

from fleetward.access.queries import reach_of
from fleetward.tenancy.actions import change_member
from fleetward.tenancy.models import CustomRole
from fleetward.tenancy.queries import roles_of_user
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import NOW, Cast, actor_of

ROLE: dict[str, object] = {"name": "Warehouse", "permissions": ["MANAGE_CONNECTIONS"]}


def made(admin: Program, **fields: object) -> dict[str, Any]:
    answer = admin.post("/roles", ROLE | fields)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_it_is_made_once_with_what_its_permissions_need(admin: Program) -> None:
    first = admin.post("/roles", ROLE, idempotency_key="one")
    assert first.json()["permissions"] == [
        "ASK_SUPPORT",
        "MANAGE_CONNECTIONS",
        "SEE_CONNECTIONS",
        "SEE_DEVICES",
        "SEE_NOTIFICATIONS",
        "SEE_WARRANTY",
    ]
    assert admin.post("/roles", ROLE, idempotency_key="one").json() == first.json()
    assert admin.get(first["Location"].removeprefix("/api/v1")).json() == first.json()
    problem(admin.post("/roles", ROLE), 409, "role_name_taken")


def test_the_list_has_the_predefined_ones_too(admin: Program) -> None:
    own = made(admin)
    listed = admin.get("/roles").json()
    assert listed["own"] == [own]
    told = {one["role"]: one["permissions"] for one in listed["predefined"]}
    assert told["REPORT_ADMIN"] == sorted(reach_of("REPORT_ADMIN"))
    assert set(told) == {"IT_ADMIN", "DEVICE_ADMIN", "CONNECTOR_ADMIN", "DEVELOPER", "REPORT_ADMIN"}


def test_it_is_changed_while_nobody_else_has_changed_it(admin: Program) -> None:
    where = f"/roles/{made(admin)['id']}"
    read = admin.get(where)
    state = {"if_match": read["ETag"]}
    changed = admin.send("PATCH", where, {"permissions": ["SEE_AUDIT"], "name": None}, **state)
    assert changed.json()["name"] == "Warehouse"
    assert "SEE_AUDIT" in changed.json()["permissions"]
    problem(admin.send("PATCH", where, {"name": "Late"}, **state), 412, "changed_meanwhile")
    problem(admin.send("DELETE", where, **state), 412, "changed_meanwhile")
    assert admin.send("DELETE", where, if_match=changed["ETag"]).status_code == 204
    problem(admin.get(where), 404, "not_found")


def test_a_role_in_use_goes_for_another_one(cast: Cast, admin: Program) -> None:
    role = CustomRole.objects.get(uid=made(admin)["id"])
    change_member(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        uid=str(cast.reader.uid),
        role=role.uid,
        now=NOW,
    )
    where = f"/roles/{role.uid}"
    problem(admin.send("DELETE", where), 409, "role_in_use")
    problem(admin.send("DELETE", f"{where}?instead=GARDENER"), 422, "role_of_another_kind")
    assert admin.send("DELETE", f"{where}?instead=DEVELOPER").status_code == 204
    assert roles_of_user(cast.reader.id)[cast.acme.id] == "DEVELOPER"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": " "}, "bad_role"),
        ({"permissions": ["NOTHING"]}, "invalid_request"),
        ({"permissions": ["MANAGE_CUSTOMERS"]}, "bad_role"),
        ({"members": 3}, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_refused(admin: Program, fields: dict[str, object], code: str) -> None:
    problem(admin.post("/roles", ROLE | fields), 422, code)
