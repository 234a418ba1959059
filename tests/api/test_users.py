"""Users as a program keeps them (L2)."""

from __future__ import annotations

from typing import Any

import pytest

from fleetward.tenancy.queries import roles_of_user
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast


def users(admin: Program) -> dict[str, dict[str, Any]]:
    return {row["email"]: row for row in admin.get("/users").json()["items"]}


def test_users_are_listed_with_role_and_status(cast: Cast, admin: Program) -> None:
    found = users(admin)
    assert found[cast.reader.email]["role"] == "REPORT_ADMIN"
    assert found[cast.reader.email]["has_access"] is True
    assert cast.outsider.email not in found


def test_users_come_in_pages(admin: Program) -> None:
    pages = list(admin.pages("/users?limit=2"))
    assert [len(page) for page in pages] == [2, 1]


def test_l2_somebody_is_noted_and_given_access_later(admin: Program) -> None:
    noted = admin.post("/users", {"email": "Driver@acme.example", "name": "D"}, idempotency_key="a")
    again = admin.post("/users", {"email": "Driver@acme.example", "name": "D"}, idempotency_key="a")
    assert again.json() == noted.json()
    row = users(admin)["driver@acme.example"]
    assert (row["id"], row["role"], row["has_access"]) == (noted.json()["id"], None, False)
    where = f"/users/{row['id']}/access"
    assert admin.post(where, {"role": "DEVELOPER"}).json()["is_invited"] is False
    row = users(admin)["driver@acme.example"]
    assert (row["role"], row["has_access"]) == ("DEVELOPER", True)
    problem(admin.post(where, {"role": "DEVELOPER"}), 409, "not_without_access")


def test_a_user_is_let_in_changed_and_removed(admin: Program) -> None:
    made = admin.post("/users", {"email": "ada@acme.example", "role": "REPORT_ADMIN"}).json()
    where = f"/users/{made['id']}"
    role = admin.post("/roles", {"name": "Own", "permissions": []}).json()["id"]
    assert admin.send("PATCH", where, {"role": role}).json()["role"] == role
    assert admin.send("PATCH", where, {"is_active": False}).json()["is_active"] is False
    assert admin.send("DELETE", where).status_code == 204
    problem(admin.send("DELETE", where), 404, "not_found")


def test_whoever_has_an_account_is_asked(cast: Cast, admin: Program) -> None:
    given = {"email": cast.outsider.email, "role": "IT_ADMIN"}
    made = admin.post("/users", given).json()
    assert made == {
        "id": str(cast.outsider.uid),
        "email": cast.outsider.email,
        "is_invited": True,
    }
    assert cast.acme.id not in roles_of_user(cast.outsider.id)


def test_the_last_admin_stays(cast: Cast, admin: Program) -> None:
    where = f"/users/{cast.admin.uid}"
    problem(admin.send("PATCH", where, {"role": "REPORT_ADMIN"}), 409, "last_admin")
    problem(admin.send("DELETE", where), 409, "last_admin")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"email": "nonsense"}, 422, "bad_email"),
        ({"email": "a@b.example", "role": "GARDENER"}, 422, "role_of_another_kind"),
        ({"email": "a@b.example", "role": "PARTNER_ADMIN"}, 422, "role_of_another_kind"),
        ({"email": "reader@acme.example"}, 409, "already_member"),
        ({"email": "reader@acme.example", "role": "IT_ADMIN"}, 409, "already_member"),
    ],
)
def test_what_does_not_fit_is_refused(
    admin: Program, fields: dict[str, str], status: int, code: str
) -> None:
    problem(admin.post("/users", fields), status, code)
