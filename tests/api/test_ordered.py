"""Ordered devices by programs of a partner (T7, T9): nobody else's, and while it is certified."""

from __future__ import annotations

import pytest

from fleetward.devices.ordered.actions import add_expected
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from tests.api.conftest import Program, program_of
from tests.api.test_errors import problem
from tests.cast import actor_of, make_tenant, make_user
from tests.db.feeds.world import Feeds

pytestmark = pytest.mark.django_db
ORDERED = "/ordered-devices"
PATHS = (ORDERED, f"{ORDERED}/summary", f"{ORDERED}.csv")
LIST = b"Serial Number;Manufacturer;Order Number;Order Date\nLATE1;Dell;PO-7;2026-01-02\n"


@pytest.fixture
def world(db: None) -> Feeds:
    """A feed has brought a machine of the first partner, and it expects another one."""
    made = Feeds()
    made.feed("LEEDS;SEEN1;Dell;;PO-1;")
    add_expected(actor=actor_of(made.admin), partner=made.first.id, chunks=[LIST], now=utc_now())
    return made


@pytest.fixture
def program(world: Feeds) -> Program:
    return program_of(world.admin, world.first)


def test_t9_what_was_ordered_seen_and_is_missing(world: Feeds, program: Program) -> None:
    rows = [row for page in program.pages(f"{ORDERED}?limit=1") for row in page]
    assert [(row["serial"], row["state"]) for row in rows] == [
        ("LATE1", "MISSING"),
        ("SEEN1", "SEEN"),
    ]
    late, seen = rows
    assert (late["since"], late["order_number"]) == ("2026-01-02", "PO-7")
    assert late["days_waiting"] > 0
    assert seen["days_waiting"] is None
    assert (seen["location"], seen["told_by"], late["told_by"]) == ("LEEDS", "", world.admin.email)
    for query in ("state=MISSING&state=DELETED", "q=po-7", "q=late"):
        assert program.get(f"{ORDERED}?{query}").json()["items"] == [late]
    assert program.get(f"{ORDERED}?q=nothing").json()["items"] == []
    problem(program.get(f"{ORDERED}?state=LOST"), 422, "invalid_request")
    summary = program.get(f"{ORDERED}/summary").json()
    assert summary == {"ordered": 2, "seen": 1, "transferred": 0, "deleted": 0, "missing": 1}
    file = program.get(f"{ORDERED}.csv?state=MISSING")
    assert file["Content-Disposition"] == 'attachment; filename="ordered-devices.csv"'
    head, line = file.content.decode("utf-8-sig").splitlines()
    assert head.split(",")[-2:] == ["days_waiting", "told_by"]
    assert line.startswith("LATE1,Dell,,PO-7,")


def test_it_is_the_partners_own(world: Feeds) -> None:
    rival = make_tenant("Rival", kind="PARTNER")
    nobody = program_of(make_user(roles={rival.id: Role.PARTNER_ADMIN}), rival)
    customer = make_tenant("Initech")
    admin = program_of(make_user(roles={customer.id: Role.IT_ADMIN}), customer)
    operator = program_of(world.operator, world.vendor)
    service = program_of(make_user(roles={world.first.id: Role.PARTNER_SERVICE}), world.first)
    for path in PATHS:
        problem(nobody.get(path), 404, "not_found")
        problem(admin.get(path), 403, "forbidden")
        problem(operator.get(path), 403, "forbidden")
        assert service.get(path).status_code == 200
