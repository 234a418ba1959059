"""Settings > Users > from a file (L2)."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.models import Invitation
from fleetward.tenancy.queries import roles_of_user
from fleetward.web.jobs import mail_invitation
from tests.cast import Cast
from tests.routes import text_of
from tests.web.account.test_mail import Box, box
from tests.web.account.test_pages import signed_in

__all__ = ["box"]

FILE = "Email,First name,Last name,Role\n{},Glo,Bex,Report Admin\ndriver@acme.example,D,R,\nx,,,\n"


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture
def here(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/settings/users/"


def test_a_list_is_shown_before_anything_is_done(cast: Cast, admin: Client, here: str) -> None:
    content = FILE.format(cast.outsider.email).encode()
    file = SimpleUploadedFile("users.csv", content)
    page = admin.post(f"{here}from-file/", {"file": file}).content.decode()
    for text in (
        "New user or invitation",
        "Listed, without access",
        "No email address",
        "Do 2 rows",
    ):
        assert text in page
    assert not User.objects.filter(email="driver@acme.example").exists()
    found = re.search(r'name="rows" value="([^"]*)"', page)
    assert found is not None
    done = admin.post(f"{here}from-file/add/", {"rows": html.unescape(found[1])}).content.decode()
    assert "2 rows were done" in done
    listed = admin.get(here).content.decode()
    assert "No access" in listed
    driver = User.objects.get(email="driver@acme.example")
    assert roles_of_user(driver.id) == {}
    admin.post(f"{here}{driver.uid}/access/", {"role": "DEVELOPER"})
    assert roles_of_user(driver.id) == {cast.acme.id: "DEVELOPER"}
    assert "Inactive" in admin.get(here).content.decode()


@pytest.mark.parametrize("rows", ["", "nonsense", "{}", '[["x"]]', "[1]"])
def test_rows_that_no_page_has_written_do_nothing(admin: Client, here: str, rows: str) -> None:
    before = User.objects.count()
    assert admin.post(f"{here}from-file/add/", {"rows": rows}).status_code == 302
    assert User.objects.count() == before


def test_a_file_that_is_no_list_is_refused_with_its_reason(admin: Client, here: str) -> None:
    assert admin.post(f"{here}from-file/").status_code == 422
    file = SimpleUploadedFile("users.csv", b"Name\nAda\n")
    page = admin.post(f"{here}from-file/", {"file": file})
    assert (page.status_code, b"no column of email addresses" in page.content) == (422, True)


def test_the_sample_is_such_a_list(admin: Client, here: str) -> None:
    text = text_of(admin.get(f"{here}from-file/sample.csv"))
    file = SimpleUploadedFile("users.csv", text.encode())
    page = admin.post(f"{here}from-file/", {"file": file}).content.decode()
    assert "Listed, without access" in page
    assert "Unknown role" not in page


def test_the_link_of_the_mail_lets_in_whoever_has_the_account(
    cast: Cast, admin: Client, here: str, box: Box
) -> None:
    rows = f'[[2, "{cast.outsider.email}", "", "DEVELOPER"]]'
    admin.post(f"{here}from-file/add/", {"rows": rows})
    mail_invitation(tenant=cast.acme.id, user_id=cast.outsider.id, inviter=cast.admin.email)
    ((to, mail),) = box.mails
    assert (to, cast.admin.email in mail) == ([cast.outsider.email], True)
    link = re.search(r"/invitations/[^\s]+", mail)
    assert link is not None
    signed_in(cast.outsider).post(link[0])
    assert roles_of_user(cast.outsider.id)[cast.acme.id] == "DEVELOPER"
    mail_invitation(tenant=cast.acme.id, user_id=cast.outsider.id, inviter=cast.admin.email)
    assert len(box.mails) == 1, "nobody is invited any more"


def test_without_a_mail_server_the_job_makes_no_link(cast: Cast, admin: Client, here: str) -> None:
    admin.post(
        f"{here}from-file/add/", {"rows": f'[[2, "{cast.outsider.email}", "", "DEVELOPER"]]'}
    )
    with tenant_scope([cast.acme.id]):
        before = Invitation.objects.get().digest
    mail_invitation(tenant=cast.acme.id, user_id=cast.outsider.id, inviter=cast.admin.email)
    with tenant_scope([cast.acme.id]):
        assert Invitation.objects.get().digest == before
