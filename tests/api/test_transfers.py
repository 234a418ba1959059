"""Transfers over the API, by a program of a partner (X1 to X13), and as its customers read them."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test.client import MULTIPART_CONTENT

from fleetward.identity.models import User
from fleetward.tenancy.contracts import Role
from tests.api.conftest import Program, program_of
from tests.cast import make_tenant, make_user
from tests.db.transfers.desk import Desk, file_of, make_customer
from tests.plugins.variables import SetEnv

pytestmark = pytest.mark.django_db
CSV = "text/csv"


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


@pytest.fixture
def program(desk: Desk) -> Program:
    return program_of(desk.admin, desk.partner)


def send(program: Program, desk: Desk, data: bytes, key: str = "one") -> HttpResponse:
    where = f"/transfers?source={desk.source.customer_id}&file_name=moves.csv"
    return program.post(where, data, content_type=CSV, idempotency_key=key)


def sent(program: Program, desk: Desk, data: bytes) -> str:
    """The address of a transfer that has its preview."""
    uid = send(program, desk, data).json()["id"]
    desk.work(UUID(uid))
    return f"/transfers/{uid}"


def work(desk: Desk, where: str) -> None:
    desk.work(UUID(where.rsplit("/", 1)[1]))


def refused(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("place", ["customer", "unassigned"])
def test_c6_from_the_upload_to_the_undo(desk: Desk, program: Program, place: str) -> None:
    if place == "unassigned":
        desk.source = desk.open_holding()
    serials = desk.serials(desk.add(2, assigned_user="Ada"))
    where = sent(program, desk, desk.rows_to([*serials, "ZZZ9999"]))
    found = program.get(where).json()
    assert (found["state"], found["counts"]) == ("READY", {"FOUND": 2, "NOT_FOUND": 1})
    assert found["preview"]["users"] == 2
    assert found["source"]["is_unassigned"] is (place == "unassigned")
    assert found["target"]["customer_id"] == desk.target.customer_id
    assert desk.held_by(desk.target) == 0
    assert program.post(f"{where}/start", idempotency_key="two").json()["state"] == "RUNNING"
    work(desk, where)
    done = program.get(where).json()
    assert (done["state"], done["moved"], done["failed"]) == ("DONE", 2, 1)
    rows = [row for page in program.pages(f"{where}/rows?limit=2") for row in page]
    assert [row["serial"] for row in rows] == [*serials, "ZZZ9999"]
    bad = program.get(f"{where}/rows?outcome=NOT_FOUND").json()["items"]
    assert [(row["state"], row["description"]) for row in bad] == [("Failed", "Device not found")]
    assert [row["id"] for row in program.get("/transfers").json()["items"]] == [done["id"]]
    undo = program.post(f"{where}/undo", idempotency_key="three")
    assert (undo.status_code, undo.json()["undo_of"]) == (201, done["id"])
    back = f"/transfers/{undo.json()['id']}"
    assert undo["Location"].endswith(back)
    work(desk, back)
    program.post(f"{back}/start")
    work(desk, back)
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (2, 0)
    assert refused(program.post(f"{where}/undo")) == (409, "transfer_nothing_to_undo")
    assert refused(program.post(f"{where}/cancel")) == (409, "transfer_not_ready")


def test_the_same_key_sends_a_file_once(desk: Desk, program: Program) -> None:
    data = desk.rows_to(["A100"])
    first, again = send(program, desk, data), send(program, desk, data)
    assert (first.status_code, first.json()) == (202, again.json())
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    other = send(program, desk, desk.rows_to(["B100"]))
    assert refused(other) == (422, "idempotency_key_reused")
    assert "api:" not in other.content.decode()
    form = {"file": SimpleUploadedFile("moves.csv", data)}
    where = f"/transfers?source={desk.source.customer_id}"
    made = program.post(where, form, content_type=MULTIPART_CONTENT)
    assert made.status_code == 202
    stays = f"/transfers/{made.json()['id']}"
    assert program.get(stays).json()["file_name"] == "moves.csv"
    assert program.post(f"{stays}/cancel").json()["state"] == "DISCARDED"
    assert refused(program.post(f"{stays}/start")) == (409, "transfer_not_ready")


def test_a_file_that_is_refused_says_why(desk: Desk, program: Program) -> None:
    found = program.get(sent(program, desk, desk.rows_to(["A100"], desk.source))).json()
    assert (found["state"], found["target"]) == ("REFUSED", None)
    assert found["problem"]["code"] == "transfer_target_is_source"


def test_x4_a_mixed_file_names_its_groups_and_splits_once(desk: Desk, program: Program) -> None:
    third = make_customer(desk.partner, "Umbrella")
    serials = desk.serials(desk.add(3))
    targets = [desk.target, third, desk.target]
    rows = [(one, target.customer_id) for one, target in zip(serials, targets, strict=True)]
    where = sent(program, desk, file_of([*rows, ("A100", "NOWHERE123")]))
    mixed = program.get(where).json()
    assert (mixed["state"], mixed["problem"]["code"]) == ("REFUSED", "transfer_mixed_targets")
    assert [(one["name"], one["rows"]) for one in mixed["groups"]] == [
        ("Hooli", 2),
        ("Umbrella", 1),
        ("", 1),
    ]
    split = program.post(f"{where}/split", idempotency_key="two")
    again = program.post(f"{where}/split", idempotency_key="two")
    assert (split.status_code, again["Idempotency-Replayed"]) == (201, "true")
    made = split.json()["transfers"]
    assert program.post(f"{where}/split").json() == again.json() == {"transfers": made}
    assert program.get(where).json()["split_into"] == made
    for uid, name, found in zip(made, ("Hooli", "Umbrella"), (2, 1), strict=True):
        work(desk, f"/transfers/{uid}")
        part = program.get(f"/transfers/{uid}").json()
        assert (part["state"], part["target"]["name"]) == ("READY", name)
        assert part["counts"] == {"FOUND": found}
    assert refused(program.post(f"/transfers/{made[0]}/split")) == (409, "transfer_not_ready")


def test_many_devices_need_a_person(desk: Desk, program: Program, set_env: SetEnv) -> None:
    set_env(FLEETWARD_TRANSFERS__STEP_UP_ABOVE="1")
    where = sent(program, desk, desk.rows_to(desk.serials(desk.add(2))))
    answer = program.post(f"{where}/start")
    assert refused(answer) == (409, "transfer_needs_person")
    assert "move 1 devices at a time, not 2" in answer.json()["detail"]
    assert program.get(where).json()["state"] == "READY"


def test_x1_nobody_else_transfers_and_customers_read_their_side(
    desk: Desk, program: Program
) -> None:
    data = desk.rows_to(desk.serials(desk.add()))
    where = sent(program, desk, data)
    program.post(f"{where}/start")
    work(desk, where)
    service = make_user(roles={desk.partner.id: Role.PARTNER_SERVICE})
    for user, tenant in (
        (User.objects.get(email="admin@initech.example"), desk.source),
        (service, desk.partner),
    ):
        assert refused(send(program_of(user, tenant), desk, data)) == (403, "forbidden")
    rival = make_tenant("Rival", kind="PARTNER")
    stranger = program_of(make_user(roles={rival.id: Role.PARTNER_ADMIN}), rival)
    assert refused(send(stranger, desk, data)) == (404, "not_found")
    nowhere = program.post(f"/transfers?source={rival.customer_id}", data, content_type=CSV)
    assert refused(nowhere) == (404, "not_found")
    for path in (where, f"{where}/rows"):
        assert refused(stranger.get(path)) == (404, "not_found")
    for verb in ("start", "cancel", "split", "undo"):
        assert refused(stranger.post(f"{where}/{verb}")) == (404, "not_found")
    ours = program_of(User.objects.get(email="admin@initech.example"), desk.source)
    seen = ours.get(where).json()
    assert (seen["target"], seen["file_name"], seen["moved"]) == (None, "", 1)
    assert "Hooli" not in str(ours.get(f"{where}/rows").json())
    theirs = program_of(User.objects.get(email="admin@hooli.example"), desk.target)
    assert theirs.get("/transfers").json()["items"] == []
    assert refused(theirs.get(where)) == (404, "not_found")
