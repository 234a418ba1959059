"""A summary with failed rows offers to ask the operator, with the summary attached (X13)."""

from __future__ import annotations

import csv
import io
from urllib.parse import urlencode

import pytest

from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.support.models import Message
from fleetward.support.store import place
from tests.cast import make_vendor
from tests.db.transfers.desk import Desk
from tests.web.reading import signed_in
from tests.web.transfers.test_pages import at, body

pytestmark = pytest.mark.django_db
ASKED = {"category": "TRANSFER", "subject": "Help", "text": "Why?", "attaches": "on"}


def attached(vendor: int) -> list[list[str]]:
    """The rows of the file of the latest request."""
    with tenant_scope([vendor]):
        [file] = Message.objects.latest("id").attachment_set.all()
    text = place(file.uid).path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def test_x13_failed_rows_offer_support_with_the_summary(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, _ = make_vendor()
    desk = Desk()
    client = signed_in(desk.admin)
    (serial,) = desk.serials(desk.add())
    waiting = desk.previewed(desk.rows_to([serial, "ZZZ9999"]))
    where = at(desk.source, f"transfers/{waiting.row.uid}/")
    assert "Contact support" not in body(client, where)
    desk.start(waiting.row.uid)
    about = urlencode({"about": f"transfer:{desk.source.customer_id}:{waiting.row.uid}"})
    form = at(desk.partner, f"account/support/new/?{about}")
    assert form in body(client, where)
    assert "Attach the summary of moves.csv" in body(client, form)
    assert client.post(form, ASKED).status_code == 302
    assert [row[1] for row in attached(vendor.id)] == [serial, "ZZZ9999"]
    # Of a long one those that have failed go along.
    monkeypatch.setattr("fleetward.web.pages.support_summaries.MOST_ATTACHED", 1)
    client.post(form, ASKED)
    ((_, missed, *rest),) = attached(vendor.id)
    assert (missed, rest[3]) == ("ZZZ9999", "Device not found")
    # What it is about is the partner's to ask; its customer sees no other's name.
    ours = signed_in(User.objects.get(email="admin@initech.example"))
    assert "Contact support" not in body(ours, where)
    body(ours, at(desk.source, f"account/support/new/?{about}"), 403)
