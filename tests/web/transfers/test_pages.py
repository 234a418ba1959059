"""Transfers through the pages, without script: upload, preview, move, summary, split, undo."""

from __future__ import annotations

import csv
import io
import time
import uuid

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import TenantRow
from fleetward.transfers.models import Transfer
from fleetward.web.step_up import KEY
from tests.db.transfers.desk import Desk, file_of, make_customer
from tests.plugins.variables import SetEnv
from tests.web.reading import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


@pytest.fixture
def client(desk: Desk) -> Client:
    return signed_in(desk.admin)


def at(tenant: TenantRow, path: str = "transfers/") -> str:
    return f"/t/{tenant.customer_id}/{path}"


def send(client: Client, desk: Desk, data: bytes, **fields: str) -> str:
    """Upload; returns the address of the transfer."""
    file = SimpleUploadedFile("moves.csv", data, content_type="text/csv")
    answer = client.post(at(desk.source, "transfers/new/"), {"file": file, **fields})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def uid_of(where: str) -> uuid.UUID:
    return uuid.UUID(where.rstrip("/").rsplit("/", 1)[1])


def body(client: Client, href: str, status: int = 200) -> str:
    answer = client.get(href)
    assert answer.status_code == status, href
    return answer.content.decode()


def downloaded(client: Client, href: str) -> bytes:
    answer = client.get(href)
    assert answer.status_code == 200
    return answer.getvalue()


def test_the_page_names_the_source_and_warns(client: Client, desk: Desk) -> None:
    desk.add()
    page = body(client, at(desk.source, "transfers/new/"))
    assert "looked for at <strong>Initech</strong>" in page
    assert "The customer must have the devices in its hands" in page
    assert "Hooli" in page
    assert at(desk.source, "transfers/new/") in body(client, at(desk.source, "devices/"))


def test_from_the_file_to_the_summary(client: Client, desk: Desk) -> None:
    serials = desk.serials(desk.add(2, assigned_user="Ada"))
    where = send(client, desk, desk.rows_to([*serials, "ZZZ9999"]))
    assert "Reading the file" in body(client, where)
    desk.work(uid_of(where))
    check = body(client, where)
    for words in (
        "From Initech to Hooli",
        "Nothing has moved yet.",
        "Everybody at Initech",
        "Everybody at Hooli",
        "Devices with an assigned user",
        "Device not found",
        "Move 2 devices",
    ):
        assert words in check
    assert client.post(f"{where}start/").status_code == 302
    assert "Moving the devices" in body(client, where)
    desk.work(uid_of(where))
    done = body(client, where)
    assert "1 row moved no device" in done
    assert "What to correct" in done
    rows = list(
        csv.reader(io.StringIO(downloaded(client, f"{where}summary.csv").decode("utf-8-sig")))
    )
    assert rows[0][4:6] == ["State", "State Description"]
    assert [row[4:6] for row in rows[1:]] == [
        ["Success", "Asset successfully created"],
        ["Success", "Asset successfully created"],
        ["Failed", "Device not found"],
    ]
    book = python_calamine.load_workbook(io.BytesIO(downloaded(client, f"{where}summary.xlsx")))
    sheet = book.get_sheet_by_index(0).to_python()
    assert [[str(cell) for cell in row] for row in sheet] == rows
    assert downloaded(client, f"{where}summary.csv") == downloaded(client, f"{where}summary.csv")


def test_the_sample_can_be_sent_as_it_is(client: Client, desk: Desk) -> None:
    for kind in ("csv", "xlsx"):
        data = downloaded(client, at(desk.source, f"transfers/sample.{kind}"))
        found = desk.work(uid_of(send(client, desk, data)))
        assert desk.counted(found.row.uid) == {"NOT_FOUND": 3}
    assert client.get(at(desk.source, "transfers/sample.pdf")).status_code == 404


def test_a_second_click_is_the_same_upload(client: Client, desk: Desk) -> None:
    data = desk.rows_to(["A100"])
    assert len({send(client, desk, data, request_key="a" * 32) for _ in range(2)}) == 1


def test_without_a_file_the_form_says_so(client: Client, desk: Desk) -> None:
    answer = client.post(at(desk.source, "transfers/new/"), {})
    assert (answer.status_code, b"Choose a file." in answer.content) == (422, True)


def name_customers(desk: Desk, where: str, number: int) -> None:
    """As if the file had named so many."""
    with tenant_scope([desk.source.id]):
        stored = Transfer.objects.get(uid=uid_of(where))
        stored.problem["details"]["customers"] = number
        stored.save(update_fields=["problem"])


def test_a_mixed_file_is_split(client: Client, desk: Desk) -> None:
    other = make_customer(desk.partner, "Umbrella")
    one, two = desk.serials(desk.add(2))
    rows = [(one, desk.target.customer_id), (two, other.customer_id), ("A1", "NOBODY")]
    where = send(client, desk, file_of(rows))
    desk.work(uid_of(where))
    refused = body(client, where)
    assert "different Customer IDs; row 3 is the first" in refused
    assert "Umbrella" in refused
    name_customers(desk, where, 5)
    assert "and 2 more" in body(client, where)
    assert "is not split" in client.post(f"{where}split/").content.decode()
    name_customers(desk, where, 3)
    assert client.post(f"{where}split/")["Location"] == at(desk.source)
    listed = body(client, at(desk.source))
    assert listed.count("moves.csv") >= 3
    assert "This file was split" in body(client, where)


def test_many_devices_ask_for_a_proof_first(client: Client, desk: Desk, set_env: SetEnv) -> None:
    set_env(FLEETWARD_TRANSFERS__STEP_UP_ABOVE="1")
    where = send(client, desk, desk.rows_to(desk.serials(desk.add(2))))
    desk.work(uid_of(where))
    session = client.session
    session[KEY] = time.time() - 24 * 3600
    session.save()
    answer = client.post(f"{where}start/")
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert "Move 2 devices" in body(client, where)
    session[KEY] = time.time()
    session.save()
    assert client.post(f"{where}start/")["Location"] == where


def test_a_target_that_is_gone_is_told_and_nothing_moves(client: Client, desk: Desk) -> None:
    where = send(client, desk, desk.rows_to(desk.serials(desk.add())))
    desk.work(uid_of(where))
    desk.end_relation(desk.target)
    answer = client.post(f"{where}start/")
    assert answer.status_code == 422
    assert "no longer yours" in answer.content.decode()
    assert desk.held_by(desk.source) == 1


def test_discard_cancels_before_the_start(client: Client, desk: Desk) -> None:
    where = send(client, desk, desk.rows_to(["A100"]))
    desk.work(uid_of(where))
    client.post(f"{where}cancel/")
    assert "This transfer was discarded" in body(client, where)


def test_undo_has_its_own_preview(client: Client, desk: Desk) -> None:
    where = send(client, desk, desk.rows_to(desk.serials(desk.add(2))))
    desk.work(uid_of(where))
    client.post(f"{where}start/")
    desk.work(uid_of(where))
    assert "Undo this transfer" in body(client, where)
    undo = client.post(f"{where}undo/")["Location"]
    desk.work(uid_of(undo))
    check = body(client, undo)
    assert "Back from Hooli to Initech" in check
    assert "Ambiguous" not in check
    assert "Move 2 devices back" in check
    client.post(f"{undo}start/")
    desk.work(uid_of(undo))
    done = body(client, undo)
    assert ("Every device is back" in done, "Moved back" in done) == (True, True)
    assert "<dt>Moved</dt>" not in done
    assert "Open its undo" in body(client, where)
    told = body(client, at(desk.source, "notifications/"))
    assert "Undo of the transfer to Hooli finished: 2 of 2 devices are back" in told
    answer = client.post(f"{where}undo/")
    assert answer.status_code == 422


def test_x11_an_undo_says_of_each_device_that_stays_why(client: Client, desk: Desk) -> None:
    moved, changed = desk.add(2)
    where = send(client, desk, desk.rows_to(desk.serials([moved, changed])))
    for step in ("start/", "undo/"):
        desk.work(uid_of(where))
        where = client.post(f"{where}{step}")["Location"]
    desk.change(changed, name="Changed since")
    desk.work(uid_of(where))
    assert "All other devices go back all the same." in body(client, where)
    client.post(f"{where}start/")
    desk.work(uid_of(where))
    summary = body(client, where)
    assert "1 device stayed where it was" in summary
    assert "Device changed since" in summary


def test_a_selection_is_moved_without_a_file(client: Client, desk: Desk) -> None:
    devices = desk.add(2)
    picked = [str(desk.get_device(device).uid) for device in devices]
    sent = {"action": "transfer", "picked": picked}
    page = client.post(at(desk.source, "devices/selections/"), sent)["Location"]
    assert "Transfer 2 devices" in body(client, page)
    bad = client.post(page, {"target": "NOBODY"})
    assert bad.status_code == 422
    where = client.post(page, {"target": desk.target.customer_id})["Location"]
    desk.work(uid_of(where))
    client.post(f"{where}start/")
    desk.work(uid_of(where))
    assert "Every device has moved" in body(client, where)
    assert desk.held_by(desk.target) == 2


def test_source_and_target_see_their_side(client: Client, desk: Desk) -> None:
    (serial,) = desk.serials(desk.add())
    where = send(client, desk, desk.rows_to([serial]))
    desk.work(uid_of(where))
    client.post(f"{where}start/")
    desk.work(uid_of(where))
    theirs = signed_in(User.objects.get(email="admin@hooli.example"))
    arrived = body(theirs, at(desk.target, "transfers/?show=arrivals"))
    assert "Reseller" in arrived
    href = arrived.split('data-href="')[1].split('"')[0]
    page = body(theirs, href)
    assert serial in page
    assert serial in downloaded(theirs, f"{href}devices.csv").decode()
    assert downloaded(theirs, f"{href}devices.xlsx")
    assert theirs.get(where).status_code == 404
    ours = signed_in(User.objects.get(email="admin@initech.example"))
    for path in (at(desk.source), where):
        seen = body(ours, path)
        assert "Reseller" in seen
        assert "Hooli" not in seen
        assert desk.target.customer_id not in seen
    for seen in (arrived, page):
        assert "Initech" not in seen


def test_the_partner_lists_all_its_transfers(client: Client, desk: Desk) -> None:
    where = send(client, desk, desk.rows_to(["A100"]))
    desk.work(uid_of(where))
    for shown, is_there in (("", True), ("?show=open", True), ("?show=over", False)):
        assert ("moves.csv" in body(client, at(desk.partner) + shown)) is is_there
    assert "No transfer yet" in body(client, at(desk.target))


def test_progress_reloads_the_page_at_its_end(client: Client, desk: Desk) -> None:
    where = send(client, desk, desk.rows_to(["A100"]))
    assert "HX-Refresh" not in client.get(f"{where}progress/").headers
    desk.work(uid_of(where))
    assert client.get(f"{where}progress/")["HX-Refresh"] == "true"
