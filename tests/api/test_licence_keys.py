"""Licence keys and seats by programs of a tenant (L3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.licences.actions import issue_licence
from fleetward.tenancy.models import LicenceKey
from tests.api.conftest import Program, program_of
from tests.api.test_errors import problem
from tests.cast import Cast, add_devices, make_tenant, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def key(tenant: TenantRow, *, plan: str = "STANDARD", seats: int = 2, days: int = 300) -> str:
    today = utc_now().date()
    return issue_licence(
        actor=system_actor("Tests"),
        customer_id=tenant.customer_id,
        plan=plan,
        seats=seats,
        starts_on=today - 400 * DAY if days < 0 else today + (days - 300) * DAY,
        ends_on=today + days * DAY,
        now=utc_now(),
    )


def test_l3_keys_are_added_shown_and_removed(admin: Program, cast: Cast) -> None:
    add_devices(cast.acme.id, 3)
    none = admin.get("/licences").json()
    assert (none["state"], none["seats"], none["licences"]) == ("UNLIMITED", [], [])
    body = {"key": key(cast.acme)}
    first = admin.post("/licences", body, idempotency_key="one")
    again = admin.post("/licences", body, idempotency_key="one")
    told = first.json()
    assert (first.status_code, again.json(), again["Idempotency-Replayed"]) == (201, told, "true")
    assert admin.get(first["Location"]).json() == told
    standard = {"code": "STANDARD", "name": "Standard"}
    assert (told["state"], told["plan"]) == ("OVERENROLLED", standard)
    assert told["seats"] == [{"plan": standard, "seats": 2, "in_use": 3, "without_seat": 1}]
    [live] = told["licences"]
    assert (live["term"], live["plan"], live["seats"]) == ("LIVE", standard, 2)
    assert live["added_by"].endswith("(CI)")
    later = {"key": key(cast.acme, plan="PREMIUM", days=310), "moves_all": True}
    shown = admin.post("/licences", later).json()
    assert [one["term"] for one in shown["licences"]] == ["LATER", "LIVE"]
    assert shown["plan"]["code"] == "PREMIUM"
    over = utc_now().date() - DAY
    with tenant_scope([cast.acme.id]):
        LicenceKey.objects.filter(uid=live["id"]).update(starts_on=over, ends_on=over)
    assert [one["term"] for one in admin.get("/licences").json()["licences"]] == ["LATER", "ENDED"]
    refused = admin.send("DELETE", f"/licences/{live['id']}")
    problem(refused, 409, "licence_stays")
    admin.post("/licences", {"key": key(cast.acme, seats=9)})
    assert admin.send("DELETE", f"/licences/{live['id']}").status_code == 204
    problem(admin.send("DELETE", f"/licences/{live['id']}"), 404, "not_found")
    assert len(admin.get("/licences").json()["licences"]) == 2


def test_a_key_that_does_not_fit_is_refused(admin: Program, cast: Cast) -> None:
    problem(admin.post("/licences", {"key": "FWL1.x"}), 422, "licence_damaged")
    other = {"key": key(cast.other)}
    problem(admin.post("/licences", other), 422, "licence_of_another_customer")
    problem(admin.post("/licences", {"key": key(cast.acme, days=-1)}), 422, "licence_ended")
    known = {"key": key(cast.acme)}
    assert admin.post("/licences", known).status_code == 201
    problem(admin.post("/licences", known), 409, "licence_known")


def test_l3_a_new_key_moves_devices_to_its_plan(admin: Program, cast: Cast) -> None:
    add_devices(cast.acme.id, 3)
    for plan, seats in (("STANDARD", 2), ("PREMIUM", 5)):
        admin.post("/licences", {"key": key(cast.acme, plan=plan, seats=seats)})
    problem(admin.post("/licences/move", {"plan": "GOLD"}), 422, "plan_without_key")
    moved = admin.post("/licences/move", {"plan": "PREMIUM"}, idempotency_key="one")
    again = admin.post("/licences/move", {"plan": "PREMIUM"}, idempotency_key="one")
    assert (moved.status_code, again["Idempotency-Replayed"]) == (202, "true")
    assert admin.get(moved["Location"]).json()["counts"]["done"] == 1
    seats = {one["plan"]["code"]: one["in_use"] for one in admin.get("/licences").json()["seats"]}
    assert seats == {"STANDARD": 2, "PREMIUM": 1}
    admin.post("/licences/move", {"plan": "PREMIUM", "moves_all": True})
    with tenant_scope([cast.acme.id]):
        assert Device.objects.filter(plan="PREMIUM").count() == 3
    problem(admin.post("/licences/move", {"plan": "PREMIUM"}), 409, "nothing_selected")


def test_it_is_for_admins_of_customers_alone(
    admin: Program, device_admin: Program, reader: Program, outsider: Program, cast: Cast
) -> None:
    body = {"key": key(cast.acme)}
    uid = admin.post("/licences", body).json()["licences"][0]["id"]
    for program in (device_admin, reader):
        problem(program.get("/licences"), 403, "forbidden")
        problem(program.post("/licences", body), 403, "forbidden")
        problem(program.send("DELETE", f"/licences/{uid}"), 403, "forbidden")
        problem(program.post("/licences/move", {"plan": "STANDARD"}), 403, "forbidden")
    assert outsider.get("/licences").json()["licences"] == []
    problem(outsider.send("DELETE", f"/licences/{uid}"), 404, "not_found")
    partner = make_tenant("Reseller", kind="PARTNER")
    theirs = program_of(make_user(roles={partner.id: Role.PARTNER_ADMIN}), partner)
    problem(theirs.get("/licences"), 403, "forbidden")
