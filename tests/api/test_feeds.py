"""Resale feeds by programs of the operator: upload with a key, state, outcomes; nobody else."""

from __future__ import annotations

from io import BytesIO

import pytest
import python_calamine
from django.http import HttpResponse

from fleetward.devices.feeds.actions import run_feed
from fleetward.devices.models import Feed
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from tests.api.conftest import Program, program_of
from tests.db.feeds.world import Feeds

FEEDS = "/operator/resale-feeds"
FILE = (
    b"Partner Location ID,Serial Number,Manufacturer,Order Number\n"
    b"LEEDS,7XYZ123,Dell,PO-1\nKYIV,7XYZ124,Dell,\nNOWHERE,7XYZ125,Dell,\n"
)


@pytest.fixture
def world(db: None) -> Feeds:
    return Feeds()


def send(program: Program, content: bytes = FILE, key: str = "one") -> HttpResponse:
    return program.post(
        f"{FEEDS}?file_name=feed.csv", content, content_type="text/csv", idempotency_key=key
    )


def cells_of(book: bytes) -> list[list[str]]:
    sheet = python_calamine.load_workbook(BytesIO(book)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python()]


def test_t9_a_program_feeds_partners(world: Feeds) -> None:
    operator = program_of(world.operator, world.vendor)
    first, again = send(operator), send(operator)
    assert (first.status_code, again.json()) == (202, first.json())
    assert (again["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
    other = send(operator, FILE + b"LEEDS,7XYZ126,Dell,\n")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert "api:" not in other.json()["detail"]
    address = f"{FEEDS}/{first.json()['id']}"
    assert first["Location"].endswith(address)
    assert operator.get(address).json()["state"] == "READING"
    with tenant_scope([world.vendor.id]):
        [feed] = Feed.objects.all()
    run_feed(vendor=world.vendor.id, feed=feed.id, clock=utc_now)
    done = operator.get(address).json()
    assert (done["state"], done["counts"]) == ("DONE", {"HELD": 2, "UNKNOWN_LOCATION": 1})
    [listed] = operator.get(FEEDS).json()["items"]
    assert listed == done
    page = operator.get(f"{address}/outcomes?limit=2").json()
    told = [(line["row"], line["partner"]) for line in page["items"]]
    assert told == [(2, "First"), (3, "Second")]
    rest = operator.get(f"{address}/outcomes?limit=2&cursor={page['next']}").json()
    assert ([line["row"] for line in rest["items"]], rest["next"]) == ([4], None)
    file, book = (operator.get(f"{address}/outcomes.{kind}") for kind in ("csv", "xlsx"))
    told = [line.split(",") for line in file.content.decode("utf-8-sig").splitlines()]
    assert [(line[2], line[7], line[9]) for line in told] == [
        ("serial", "outcome", "partner"),
        ("7XYZ123", "HELD", "First"),
        ("7XYZ124", "HELD", "Second"),
        ("7XYZ125", "UNKNOWN_LOCATION", ""),
    ]
    assert cells_of(book.content) == told
    [lost] = operator.get(f"{address}/outcomes?outcome=UNKNOWN_LOCATION").json()["items"]
    assert (lost["serial"], lost["holder"]) == ("7XYZ125", "")


def test_no_partner_feeds_itself_or_reads_outcomes(world: Feeds) -> None:
    partner = program_of(world.admin, world.first)
    uid = send(program_of(world.operator, world.vendor)).json()["id"]
    assert send(partner).status_code == 403
    outcomes = f"{FEEDS}/{uid}/outcomes"
    for path in (FEEDS, f"{FEEDS}/{uid}", outcomes, f"{outcomes}.csv", f"{outcomes}.xlsx"):
        assert partner.get(path).status_code == 403
