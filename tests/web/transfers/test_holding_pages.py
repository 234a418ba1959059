"""Transfers from and to Unassigned Devices, through the pages of a partner's admin."""

from __future__ import annotations

import pytest
from django.test import Client

from fleetward.tenancy.contracts import Role
from tests.cast import make_user
from tests.db.transfers.desk import Desk
from tests.web.reading import signed_in
from tests.web.transfers.test_pages import at, body, send, uid_of

pytestmark = pytest.mark.django_db
UNASSIGNED = "Unassigned Devices"


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


@pytest.fixture
def client(desk: Desk) -> Client:
    return signed_in(desk.admin)


def test_from_unassigned_devices_by_file(client: Client, desk: Desk) -> None:
    desk.source = desk.open_holding()
    serials = desk.serials(desk.add(2))
    assert at(desk.source, "transfers/new/") in body(client, at(desk.source, "devices/"))
    page = body(client, at(desk.source, "transfers/new/"))
    assert f"looked for at <strong>{UNASSIGNED}</strong>" in page
    assert "Hooli" in page
    where = send(client, desk, desk.rows_to([*serials, "ZZZ9999"]))
    desk.work(uid_of(where))
    check = body(client, where)
    for words in (f"From {UNASSIGNED} to Hooli", "Everybody at Hooli", "Reseller, as partner"):
        assert words in check
    assert "Loses sight" not in check
    client.post(f"{where}start/")
    desk.work(uid_of(where))
    assert "1 row moved no device" in body(client, where)
    listed = body(client, at(desk.partner))
    assert UNASSIGNED in listed
    assert where in listed
    assert where in body(client, at(desk.partner, "notifications/"))
    assert "2 unread" in body(client, at(desk.source, "transfers/"))
    service = signed_in(make_user(roles={desk.partner.id: Role.PARTNER_SERVICE}))
    assert body(service, at(desk.source, "devices/"))
    assert f"{at(desk.source, 'transfers/')}" not in body(service, at(desk.source, "devices/"))
    for path in (where, at(desk.source, "transfers/new/")):
        body(service, path, 403)


def test_back_into_unassigned_devices_by_selection(client: Client, desk: Desk) -> None:
    holding = desk.open_holding()
    picked = [str(desk.get_device(device).uid) for device in desk.add(2)]
    sent = {"action": "transfer", "picked": picked}
    page = client.post(at(desk.source, "devices/selections/"), sent)["Location"]
    assert f'<option value="{holding.customer_id}">{UNASSIGNED}</option>' in body(client, page)
    where = client.post(page, {"target": holding.customer_id})["Location"]
    desk.work(uid_of(where))
    check = body(client, where)
    assert f"From Initech to {UNASSIGNED}" in check
    assert "Everybody at Initech" in check
    for words in ("Gains sight", "in its hands"):
        assert words not in check
    client.post(f"{where}start/")
    desk.work(uid_of(where))
    assert f"Transfer to {UNASSIGNED} finished" in body(client, at(desk.source, "notifications/"))
    assert "Reseller" in body(client, f"{at(holding)}?show=arrivals")
