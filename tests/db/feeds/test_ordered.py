"""What a partner ordered (T9): in its holding tenant, transferred, deleted, or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import delete_devices
from fleetward.devices.contracts import Move
from fleetward.devices.feeds.contracts import FeedOutcome
from fleetward.devices.models import Device
from fleetward.devices.ordered import queries
from fleetward.devices.ordered.actions import add_expected
from fleetward.devices.ordered.contracts import (
    Expected,
    ExpectedColumnsMissing,
    OrderedState,
    Wanted,
)
from fleetward.devices.ordered.queries import own_reconciliation, reconciliation_of
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.models import Membership
from tests.cast import NOW, actor_of, add_devices, make_tenant
from tests.db.feeds.test_outcomes import move
from tests.db.feeds.world import Feeds
from tests.db.moves.world import LATER, REFERENCE, mover, transfer

pytestmark = pytest.mark.django_db
LIST = (
    "Serial;Make;PO;Order date;Product number\n"
    "late1;Dell;PO-7;2026-11-01;\n"
    "OURS1;Dell;PO-8;2026-11-02;\n"
    "LATE1;Dell;;;\n"
    "N/A;Dell;;;\n"
    "LATE2;HP;PO_7;;\n"
)


@pytest.fixture
def world() -> Feeds:
    return Feeds()


def expect(world: Feeds, text: str = LIST) -> Expected:
    return add_expected(
        actor=actor_of(world.seller), partner=world.first.id, chunks=[text.encode()], now=NOW
    )


def states(world: Feeds, wanted: Wanted = Wanted()) -> dict[str, OrderedState]:  # noqa: B008
    found = own_reconciliation(actor=actor_of(world.admin), partner=world.first.id)
    return {row.serial: row.state for row in found.each(wanted, now=NOW)}


def test_t9_each_ordered_machine_has_a_state(world: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CHUNK_ROWS", 2)
    customer = make_tenant("Customer").id
    world.feed("KYIV;TAKEN1;Dell;;;")
    rows = ("SEEN1", "MOVED1", "GONE1", "TAKEN1")
    world.feed(*(f"LEEDS;{serial};Dell;;PO-1;" for serial in rows))
    move(world, world.device("MOVED1"), world.holding, customer)
    actor = system_actor("Test", world.holding)
    gone = [world.device("GONE1").uid]
    delete_devices(actor=actor, tenant=world.holding, uids=gone, now=NOW)
    whole = {
        "SEEN1": OrderedState.SEEN,
        "MOVED1": OrderedState.TRANSFERRED,
        "GONE1": OrderedState.DELETED,
        # Who has it is told to nobody: the partner reads that it is missing.
        "TAKEN1": OrderedState.MISSING,
    }
    assert states(world) == whole
    assert states(world, Wanted([OrderedState.MISSING], "ta")) == {"TAKEN1": OrderedState.MISSING}
    assert states(world, Wanted((), "po-1")) == whole
    assert states(world, Wanted((), "%")) == {}
    theirs = reconciliation_of(
        actor=world.actor, vendor=world.vendor.id, customer_id=world.first.customer_id
    )
    assert theirs.counts() == dict.fromkeys(OrderedState, 1)
    nothing = reconciliation_of(
        actor=world.actor, vendor=world.vendor.id, customer_id=world.third.customer_id
    )
    assert nothing.counts() == dict.fromkeys(OrderedState, 0)


def test_t14_what_was_ordered_follows_when_its_listings_merge(world: Feeds) -> None:
    customer = make_tenant("Customer").id
    [listed] = add_devices(customer, 1, manufacturer="Dell")
    with tenant_scope([customer]):
        Device.objects.filter(id=listed).update(serial="BACK1")
    world.feed("LEEDS;BACK1;Dell;;PO-1;")
    fed = world.ordered(world.first)[0].device_id
    tenants = customer, world.holding, world.first.id
    back = Move(customer, world.holding, REFERENCE, NOW)
    assert transfer(actor=mover(*tenants), move=back, devices=[listed])[0].is_merged
    assert states(world) == {"BACK1": OrderedState.SEEN}
    assert world.ordered(world.first)[0].device_id == listed
    transfer(actor=mover(*tenants), move=replace(back, at=LATER), devices=[listed], is_back=True)
    assert world.ordered(world.first)[0].device_id == fed
    assert states(world) == {"BACK1": OrderedState.SEEN}


def test_what_a_partner_expects_is_missing_until_a_feed_brings_it(world: Feeds) -> None:
    world.feed("LEEDS;OURS1;Dell;P1;;")
    told = expect(world)
    assert told == Expected(2, 1, {4: "DUPLICATE_ROW", 5: "JUNK_SERIAL"})
    assert expect(world).added == 0
    found = own_reconciliation(actor=actor_of(world.admin), partner=world.first.id)
    page = found.page(Wanted([OrderedState.MISSING]), now=NOW, limit=1)
    rest = found.page(Wanted([OrderedState.MISSING]), now=NOW, cursor=page.after, limit=1)
    rows = {row.serial: row for row in (*page.rows, *rest.rows)}
    assert rest.after is None
    assert (rows["LATE1"].since, rows["LATE1"].told_by) == (date(2026, 11, 1), world.seller.email)
    assert rows["LATE1"].waits == (NOW.date() - date(2026, 11, 1)).days
    assert rows["LATE2"].waits == 0
    [known] = [row for row in world.ordered(world.first) if row.serial == "OURS1"]
    assert (known.order_number, known.ordered_on, known.product_number) == (
        "PO-8",
        date(2026, 11, 2),
        "P1",
    )
    # The feed brings it with a product number, for a machine that the partner named without one.
    assert world.feed("LEEDS;LATE1;Dell;P9;PO-7;", "LEEDS;LATE2;HP;;;") == [FeedOutcome.HELD] * 2
    assert set(states(world).values()) == {OrderedState.SEEN}
    assert len(world.ordered(world.first)) == 3
    with tenant_scope([world.first.id]):
        entries = Entry.objects.filter(verb="ordered.added").order_by("id")
        assert [entry.details for entry in entries] == [
            {"rows": 3, "new": 2},
            {"rows": 3, "new": 0},
        ]


def test_a_list_that_cannot_be_understood_says_why(world: Feeds) -> None:
    with pytest.raises(ExpectedColumnsMissing):
        expect(world, "Serial\nLATE1\n")
    assert expect(world, "Serial;Maker\n;Dell\n") == Expected(0, 0, {2: "MISSING_SERIAL"})


def test_only_a_partner_with_unassigned_devices_and_the_operator_read_it(world: Feeds) -> None:
    for user, partner in ((world.rival, world.first), (world.operator, world.first)):
        with pytest.raises((NotFound, Forbidden)):
            own_reconciliation(actor=actor_of(user), partner=partner.id)
    with pytest.raises((NotFound, Forbidden)):
        reconciliation_of(
            actor=actor_of(world.admin),
            vendor=world.vendor.id,
            customer_id=world.first.customer_id,
        )
    Membership.objects.filter(user=world.seller).update(is_certified=False)
    with pytest.raises(NotFound):
        own_reconciliation(actor=actor_of(world.admin), partner=world.first.id)
