"""Support in the browser: asked with files, read and answered on both sides, closed, reopened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from fleetward.infra.tx import tenant_scope
from fleetward.support.models import Message, Request
from fleetward.support.store import place, places
from fleetward.tenancy.contracts import RelationState, Role, TenantRow
from fleetward.tenancy.models import Relation
from tests.cast import NOW, Cast, actor_of, make_tenant, make_user, make_vendor
from tests.db.imports.lists import csv_of, imported
from tests.web.reading import hidden, signed_in, text_of

pytestmark = pytest.mark.django_db
ASKED = {"subject": "Missing", "category": "MISSING_DEVICES", "text": "They\nare not there."}


@dataclass
class Desk:
    cast: Cast
    vendor: TenantRow
    asker: Client
    operator: Client

    def tenants(self, tail: str = "") -> str:
        return f"/t/{self.cast.acme.customer_id}/account/support/{tail}"

    def operators(self, tail: str = "") -> str:
        return f"/t/{self.vendor.customer_id}/operator/support/{tail}"

    def ask(self, **more: object) -> HttpResponse:
        return self.asker.post(self.tenants("new/"), ASKED | more, follow=True)

    def asked(self, **more: object) -> UUID:
        self.ask(**more)
        with tenant_scope([self.vendor.id]):
            return Request.objects.latest("id").uid


@pytest.fixture
def desk(cast: Cast) -> Iterator[Desk]:
    before = set(places())
    vendor, operator = make_vendor()
    yield Desk(cast, vendor, signed_in(cast.reader), signed_in(operator))
    for uid in set(places()) - before:
        place(uid).discard()


def a_file(name: str = "list.csv", data: bytes = b"Serial\n5XK2QL3\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/html")


def test_l8_a_request_is_asked_answered_and_followed_by_both(desk: Desk) -> None:
    uid = desk.asked(serials="5XK2QL3, 7YH2QL3", attachments=[a_file()])
    page = text_of(desk.asker.get(desk.tenants(f"{uid}/")))
    assert "The operator was asked" not in page
    assert "5XK2QL3, 7YH2QL3" in page
    read = text_of(desk.operator.get(desk.operators(f"{uid}/")))
    assert "Acme" in read
    assert "list.csv" in read
    where = desk.operators(f"{uid}/")
    desk.operator.post(where, {"text": "Which ones?", "action": "answer"})
    answered = text_of(desk.asker.get(desk.tenants(f"{uid}/")))
    assert "Which ones?" in answered
    assert "answered for the operator" in answered
    bell = text_of(desk.asker.get(f"/t/{desk.cast.acme.customer_id}/notifications/"))
    assert "The operator has answered “Missing”" in bell


def test_it_is_closed_with_a_last_word_and_reopened(desk: Desk) -> None:
    uid = desk.asked()
    where = desk.tenants(f"{uid}/")
    closed = text_of(desk.asker.post(where, {"text": "Found.", "action": "close"}, follow=True))
    assert "Found." in closed
    assert "Reopen the request" in closed
    assert "Send" not in closed
    refused = desk.asker.post(where, {"text": "More.", "action": "answer"})
    assert refused.status_code == 422
    assert "This request is closed. Reopen it to say more." in text_of(refused)
    again = desk.operator.post(desk.operators(f"{uid}/"), {"action": "reopen"}, follow=True)
    assert "The request is open again." in text_of(again)


def test_a_second_click_asks_once(desk: Desk) -> None:
    (key,) = hidden(desk.asker.get(desk.tenants("new/")), "request_key")
    for _ in range(2):
        desk.ask(request_key=key)
    with tenant_scope([desk.vendor.id]):
        assert Request.objects.count() == 1
    assert "The operator was asked" in text_of(desk.ask())


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"subject": " "}, "Say in a few words what it is about."),
        ({"text": ""}, "Describe what you need."),
        ({"serials": "x" * 65}, "There is one that cannot be a serial number."),
        ({"attachments": [("empty.csv", b"")]}, "empty.csv is empty."),
        ({"attachments": [("a.csv", b"a")] * 6}, "A message has at most 5 files."),
    ],
    ids=["subject", "text", "serials", "empty", "six"],
)
def test_what_is_wrong_is_told_at_its_field(desk: Desk, more: dict[str, object], told: str) -> None:
    if "attachments" in more:
        more = {"attachments": [a_file(name, data) for name, data in more["attachments"]]}  # type: ignore[attr-defined]
    answer = desk.ask(**more)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    with tenant_scope([desk.vendor.id]):
        assert Request.objects.count() == 0


def test_files_are_kept_and_never_shown(desk: Desk) -> None:
    uid = desk.asked(attachments=[a_file("evil.html", b"<script>alert(1)</script>")])
    page = desk.operator.get(desk.operators(f"{uid}/")).content.decode()
    (href,) = re.findall(r'href="([^"]+/files/[^"]+)"', page)
    answer = desk.operator.get(href)
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="evil.html"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_is_written_is_text(desk: Desk) -> None:
    uid = desk.asked(text="<b>Help</b>\n\nNow.", subject="<i>Missing</i>")
    for client, where in (
        (desk.asker, desk.tenants(f"{uid}/")),
        (desk.operator, desk.operators(f"{uid}/")),
        (desk.operator, desk.operators()),
    ):
        page = client.get(where).content.decode()
        assert "<b>Help" not in page
        assert "<i>Missing" not in page


def test_where_nobody_answers_the_page_says_so(cast: Cast) -> None:
    client = signed_in(cast.admin)
    where = f"/t/{cast.acme.customer_id}/account/support/"
    assert "Nobody answers here yet" in text_of(client.get(where))
    refused = client.post(f"{where}new/", ASKED)
    assert refused.status_code == 422
    assert "Nobody of this installation answers requests yet." in text_of(refused)


def test_the_lists_say_what_is_where(desk: Desk) -> None:
    assert "No request yet" in text_of(desk.asker.get(desk.tenants()))
    assert "No request yet" in text_of(desk.operator.get(desk.operators()))
    uid = desk.asked()
    desk.asker.post(desk.tenants(f"{uid}/"), {"action": "close"})
    for client, where in ((desk.asker, desk.tenants()), (desk.operator, desk.operators())):
        assert f"{uid}/" in client.get(where).content.decode()
        assert f"{uid}/" in client.get(where + "?state=CLOSED").content.decode()
        assert f"{uid}/" not in client.get(where + "?state=OPEN").content.decode()
    assert "No such request" in text_of(desk.asker.get(desk.tenants("?state=OPEN")))


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("q=acm", True),
        ("q=globex", False),
        ("quiet=3", True),
        ("quiet=7", False),
        ("quiet=5", True),
        ("state=NONSENSE&q=%00", True),
    ],
)
def test_the_operator_filters_by_tenant_and_age(desk: Desk, query: str, is_there: bool) -> None:
    uid = desk.asked()
    with tenant_scope([desk.vendor.id]):
        now = Request.objects.get().changed_at
        Request.objects.update(changed_at=now - timedelta(days=5))
    page = desk.operator.get(desk.operators(f"?{query}"))
    assert (f"{uid}/" in page.content.decode()) is is_there
    assert ("No request fits" in text_of(page)) is not is_there


def test_the_list_goes_on_behind_its_first_page(desk: Desk) -> None:
    uid = desk.asked()
    with tenant_scope([desk.vendor.id]):
        first = Request.objects.get(uid=uid)
        for number in range(50):
            first.pk, first.uid, first.subject = None, UUID(int=number), f"Later {number}"
            first.save(force_insert=True)
    page = desk.operator.get(desk.operators("?quiet=&state=OPEN")).content.decode()
    assert f"{uid}/" not in page
    (after,) = set(re.findall(r'href="(\?[^"]*after=[^"]+)"', page))
    behind = desk.operator.get(desk.operators(after.replace("&amp;", "&")))
    assert f"{uid}/" in behind.content.decode()


def refused_rows(cast: Cast, tenant: TenantRow) -> str:
    """An import with a row that was refused."""
    rows = [("5XK2QL3", "Dell"), ("None", "Dell")]
    file = csv_of(rows, ("Serial", "Vendor"))
    return str(imported(actor_of(cast.admin), tenant.id, file).summary.uid)


def contact(page: HttpResponse) -> str:
    found = re.findall(r'href="([^"]*/account/support/new/[^"]*)"', page.content.decode())
    return found[0].replace("&amp;", "&") if found else ""


def test_x13_refused_rows_go_with_the_request(desk: Desk) -> None:
    uid = refused_rows(desk.cast, desk.cast.acme)
    admin = signed_in(desk.cast.admin)
    where = contact(admin.get(f"/t/{desk.cast.acme.customer_id}/imports/{uid}/"))
    form = admin.get(where)
    assert "Attach the refused rows of" in text_of(form)
    assert "checked" in form.content.decode()
    admin.post(where, ASKED | {"attaches": "on"})
    with tenant_scope([desk.vendor.id]):
        [file] = Message.objects.get().attachment_set.all()
    assert file.name == "refused-rows.csv"
    assert b"None" in place(file.uid).path.read_bytes()
    admin.post(where, ASKED)
    with tenant_scope([desk.vendor.id]):
        assert Message.objects.latest("id").attachment_set.count() == 0


def test_x13_a_partner_asks_in_its_own_tenant_about_a_customers_import(desk: Desk) -> None:
    partner = make_tenant("Reseller", kind="PARTNER")
    user = make_user(roles={partner.id: Role.PARTNER_ADMIN})
    customer = desk.cast.acme
    with tenant_scope([customer.id, partner.id]):
        Relation.objects.create(
            partner_id=partner.id,
            customer_id=customer.id,
            state=RelationState.ACCEPTED,
            admin_email="a@acme.example",
            made_by="x",
            made_at=NOW,
            answered_at=NOW,
        )
    uid = refused_rows(desk.cast, customer)
    client = signed_in(user)
    where = contact(client.get(f"/t/{customer.customer_id}/imports/{uid}/"))
    assert where.startswith(f"/t/{partner.customer_id}/account/support/new/")
    client.post(where, ASKED | {"attaches": "on"})
    with tenant_scope([partner.id]):
        assert Message.objects.get().attachment_set.count() == 1


@pytest.mark.parametrize(
    "about",
    [
        "import:{other}:{uid}",
        "import:{own}:no-uid",
        "else:{own}:{uid}",
        "import:{own}:{never}",
        "x",
    ],
)
def test_a_summary_that_is_out_of_sight_is_not_found(desk: Desk, about: str) -> None:
    uid = refused_rows(desk.cast, desk.cast.acme)
    outsider = signed_in(desk.cast.outsider)
    told = about.format(
        other=desk.cast.acme.customer_id,
        own=desk.cast.other.customer_id,
        uid=uid,
        never=UUID(int=1),
    )
    where = f"/t/{desk.cast.other.customer_id}/account/support/new/"
    assert outsider.get(where, {"about": told}).status_code == 404


def test_a_page_may_say_what_it_is_about(desk: Desk) -> None:
    page = desk.asker.get(desk.tenants("new/?category=MISSING_DEVICES")).content.decode()
    assert 'value="MISSING_DEVICES" selected' in page


def test_the_navigation_leads_there_on_both_sides(desk: Desk) -> None:
    home = f"/t/{desk.cast.acme.customer_id}/account/"
    assert desk.tenants() in desk.asker.get(home).content.decode()
    page = desk.operator.get(desk.operators()).content.decode()
    assert f'href="{desk.operators()}"' in page
    assert "/account/support/" not in page
