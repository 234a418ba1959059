"""Undoing an import through the pages: what it would do, the code, and what becomes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.http import HttpResponse

from fleetward.devices.bulk.actions import cancel_bulk, undo_import, working
from fleetward.devices.bulk.contracts import BulkRow
from fleetward.devices.imports.contracts import ImportDetail
from fleetward.devices.models import BulkRun, ImportRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from tests.db.bulk.listed import Lists, row_of
from tests.web.bulk.shop import Shop
from tests.web.reading import text_of

pytestmark = pytest.mark.django_db


def code_of(page: HttpResponse) -> dict[str, str]:
    """The code that a page asks for, and what it is of."""
    html = page.content.decode()
    return {
        "token": re.findall(r'name="token" value="([^"]+)"', html)[0],
        "security_code": re.findall(r'data-code="([^"]+)"', html)[0],
    }


@dataclass
class Pages(Lists, Shop):
    """Pages of a tenant whose lists are imported."""

    def href(self, found: ImportDetail, rest: str = "") -> str:
        return self.url(f"imports/{found.summary.uid}/{rest}")

    def page(self, found: ImportDetail, rest: str = "") -> str:
        return self.get(self.href(found, rest))

    def shown(self, found: ImportDetail) -> dict[str, str]:
        """What the page sends when its code is typed."""
        return code_of(self.client.get(self.href(found, "undo/")))

    def confirm(self, found: ImportDetail, **typed: str) -> str:
        """Type the code, or something else; the address that follows, '' when none does."""
        answer = self.client.post(self.href(found, "undo/"), self.shown(found) | typed)
        return str(answer.headers.get("Location", ""))

    def begun(self, found: ImportDetail) -> BulkRow:
        return undo_import(
            actor=self.actor, tenant=self.tenant, uid=found.summary.uid, now=utc_now()
        )

    def end_as(self, state: str) -> None:
        with tenant_scope([self.tenant]):
            BulkRun.objects.update(state=state, finished_at=utc_now())


@pytest.fixture
def pages(db: None) -> Pages:
    return Pages()


def test_from_the_import_to_the_outcome_of_every_device(pages: Pages) -> None:
    pages.enter("OLD0001", location="Lyon")
    pages.enter("OLD0002", location="Lyon")
    found = pages.load(
        row_of("OLD0001", Location="Paris"), row_of("OLD0002", Location="Paris"), row_of("NEW0001")
    )
    pages.edit("OLD0002", location="Nice")
    page = pages.page(found)
    assert "Undo this import" in page
    assert "This import can be undone until" in page
    told = pages.page(found, "undo/")
    assert "Will be removed 1 Get former values back 1 Changed since 1" in told
    assert "Location: Paris → Nice" in told
    assert pages.cast.device_admin.email in told
    there = pages.confirm(found)
    ended = pages.get(there)
    assert "Undo the import of list.csv" in ended
    assert "Bring the removed devices back" in ended
    after = pages.page(found)
    assert "This import was undone Begun by" in after
    assert "Undo this import" not in after
    assert "is in the list of devices" not in after
    assert there in pages.client.get(pages.href(found)).content.decode()


def test_a_wrong_code_does_nothing_and_asks_again(pages: Pages) -> None:
    found = pages.load(row_of("NEW0001"))
    assert pages.confirm(found, security_code="wrong") == ""
    answer = pages.post(pages.href(found, "undo/"), token="x", security_code="wrong")
    assert answer.status_code == 422
    assert "security code" in answer.content.decode()
    assert list(pages.devices_now()) == ["Dell NEW0001 "]


def test_a_code_for_other_numbers_does_nothing_and_shows_the_new_ones(pages: Pages) -> None:
    found = pages.load(row_of("NEW0001"), row_of("NEW0002"))
    pages.edit("NEW0002", location="Nice")
    shown = pages.shown(found)
    pages.edit("NEW0002", location="")
    answer = pages.post(pages.href(found, "undo/"), **shown)
    assert answer.status_code == 409
    told = text_of(answer)
    assert "What undoing this import does has changed since it was shown." in told
    assert "Will be removed 2 " in told
    assert len(pages.devices_now()) == 2
    pages.post(pages.href(found, "undo/"), **code_of(answer))
    assert not pages.devices_now()


def test_a_second_click_leads_to_the_import_that_says_so(pages: Pages) -> None:
    found = pages.load(row_of("NEW0001"))
    pages.finish(pages.begun(found))
    answer = pages.post(pages.href(found, "undo/"), token="x", security_code="x")
    assert answer.status_code == 422 or answer["Location"] == pages.href(found)
    assert pages.client.get(pages.href(found, "undo/"))["Location"] == pages.href(found)


def test_many_are_a_workers(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetward.devices.bulk.contracts.FEW_DEVICES", 1)
    found = pages.load(row_of("NEW0001"), row_of("NEW0002"))
    there = pages.confirm(found)
    assert "Running" in pages.get(there)
    assert "This import is being undone" in pages.page(found)
    assert len(pages.devices_now()) == 2


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("CANCELLED", "The undo of this import was cancelled"),
        ("FAILED", "The undo of this import stopped"),
    ],
)
def test_an_undo_that_did_not_end_can_be_begun_again(pages: Pages, state: str, told: str) -> None:
    found = pages.load(row_of("NEW0001"))
    pages.begun(found)
    pages.end_as(state)
    page = pages.page(found)
    assert told in page
    assert "Undo this import" in page


def test_the_file_names_those_that_stay(pages: Pages) -> None:
    found = pages.load(row_of("NEW0001"), row_of("NEW0002"))
    pages.edit("NEW0001", name="PC-1")
    pages.load(row_of("NEW0002"))
    answer = pages.client.get(pages.href(found, "undo/left.csv"))
    assert "list - not undone.csv" in answer["Content-Disposition"]
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Dell,NEW0001,PC-1,Name: – → PC-1,CHANGED_SINCE,")
    assert lines[2] == "Dell,NEW0002,,A later list names it as well,LISTED_AGAIN,,"


def test_without_anything_left_no_code_is_asked_for(pages: Pages) -> None:
    found = pages.load(row_of("NEW0001"))
    pages.delete("NEW0001")
    page = pages.page(found, "undo/")
    assert "Nothing is left to undo" in page
    assert "Deleted since" in page
    assert "security code" not in page


def test_after_thirty_days_the_page_says_that_it_is_over(pages: Pages) -> None:
    found = pages.load(row_of("NEW0001"))
    with tenant_scope([pages.tenant]):
        ImportRun.objects.update(finished_at="2026-01-01T12:00:00Z")
    page = pages.page(found)
    assert "This import could be undone until 31 Jan 2026" in page
    assert "Undo this import" not in page
    assert pages.client.get(pages.href(found, "undo/")).status_code == 409


def test_a_cancelled_undo_skips_the_rest(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "slice_size", lambda: 1)
    found = pages.load(row_of("NEW0001"), row_of("NEW0002"))
    begun = pages.begun(found)
    working.work_slice(tenant=pages.tenant, run=begun.id, clock=utc_now)
    cancel_bulk(actor=pages.actor, tenant=pages.tenant, uid=begun.uid, now=utc_now())
    pages.finish(begun)
    assert "Will be removed 1 " in pages.page(found, "undo/")


def test_it_speaks_french(pages: Pages) -> None:
    pages.cast.device_admin.language = "fr"
    pages.cast.device_admin.save()
    pages.sign_in(pages.cast.device_admin, "fr")
    found = pages.load(row_of("NEW0001"))
    assert "Défaire cet import" in pages.page(found)
    assert "Seront supprimés 1" in pages.page(found, "undo/")
    assert "Défaire l’import de list.csv" in pages.get(pages.confirm(found))


def test_readers_do_not_see_the_import_behind_it(pages: Pages) -> None:
    found = pages.load(row_of("NEW0001"))
    row = pages.finish(pages.begun(found))
    pages.sign_in(pages.cast.reader)
    there = pages.url(f"devices/changes/{row.uid}/")
    assert "Import list.csv" in pages.get(there)
    assert pages.href(found) not in pages.client.get(there).content.decode()
