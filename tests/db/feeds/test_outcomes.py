"""How each row of a resale feed ends (T9, T10, T14), and that a repeated feed changes nothing."""

from __future__ import annotations

import uuid

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import add_device, delete_devices
from fleetward.devices.contracts import DeviceInput, Move, Origin
from fleetward.devices.feeds.contracts import FeedOutcome
from fleetward.devices.models import Change, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.notifications.models import Notification
from tests.cast import NOW, make_tenant
from tests.db.feeds.world import Feeds
from tests.db.moves.world import mover, transfer
from tests.invariants import everything_holds

pytestmark = pytest.mark.django_db
O = FeedOutcome  # noqa: E741
ROWS = (
    "LEEDS;5CG1234XYZ;HP Inc.;8A4L2EA;PO-1;2026-11-02",
    "york;PF4ABCDE;Lenovo;;PO-1;",
    "KYIV;7XYZ123;Dell;;PO-9;03/04/2026",
    "NOWHERE;7XYZ124;Dell;;;",
    "OSLO;7XYZ125;Dell;;;",
    "LEEDS;5cg1234xyz;HP;;;",
    "LEEDS;N/A;Dell;;;",
    "LEEDS;;Dell;;;",
    "LEEDS;7XYZ126;;;;",
)
ENDS = [
    O.HELD, O.HELD, O.HELD, O.UNKNOWN_LOCATION, O.NO_HOLDING, O.DUPLICATE, O.REFUSED, O.REFUSED,
    O.REFUSED,
]  # fmt: skip


@pytest.fixture
def world() -> Feeds:
    return Feeds()


def move(world: Feeds, device: Device, source: int, target: int) -> None:
    transfer(
        actor=mover(source, target),
        move=Move(source, target, uuid.uuid4(), NOW),
        devices=[device.id],
    )


def kinds(tenant: int) -> list[tuple[str, int]]:
    with tenant_scope([tenant]):
        return list(Notification.objects.order_by("id").values_list("kind", "user_id"))


def test_t9_each_row_of_a_feed_has_an_outcome(world: Feeds) -> None:
    lines = world.lines(*ROWS)
    assert [line.outcome for line in lines] == ENDS
    assert [line.refusal for line in lines[6:]] == [
        "JUNK_SERIAL", "MISSING_SERIAL", "MISSING_MANUFACTURER",
    ]  # fmt: skip
    assert [row[2:6] for row in world.devices(world.holding)] == [
        ("5CG1234XYZ", "HP", "8A4L2EA", True),
        ("PF4ABCDE", "Lenovo", "", True),
    ]
    assert [row[2] for row in world.devices(world.other)] == ["7XYZ123"]
    with tenant_scope([world.holding]):
        assert set(Device.objects.values_list("origin", flat=True)) == {"RESALE_FEED"}
        assert [c.kind for c in Change.objects.all()] == ["CREATED", "CREATED"]
    everything_holds(world.holding)


def test_t9_a_feed_that_comes_again_changes_nothing(world: Feeds) -> None:
    world.feed(*ROWS)
    devices = world.devices()
    ordered = [vars(row) | {"_state": None} for row in world.ordered(world.first)]
    again = [O.ALREADY_HELD if end is O.HELD else end for end in ENDS]
    assert world.feed(*ROWS) == again
    assert world.devices() == devices
    assert [vars(row) | {"_state": None} for row in world.ordered(world.first)] == ordered


def test_what_partners_ordered_is_remembered(world: Feeds) -> None:
    world.feed(*ROWS, "LEEDS;PF4ABCDF;Lenovo;;PO-2;2026-11-03")
    told = [
        (o.serial, o.location, o.order_number, str(o.ordered_on))
        for o in world.ordered(world.first)
    ]
    assert told == [
        ("5CG1234XYZ", "LEEDS", "PO-1", "2026-11-02"),
        ("PF4ABCDE", "YORK", "PO-1", "None"),
        ("PF4ABCDF", "LEEDS", "PO-2", "2026-11-03"),
    ]
    # A partner that has no place for it yet has ordered it none the less.
    [waiting] = world.ordered(world.third)
    assert (waiting.serial, waiting.device_id) == ("7XYZ125", None)
    assert world.ordered(world.second)[0].ordered_on is None
    # A later feed tells more, and takes nothing away.
    world.feed("LEEDS;PF4ABCDE;Lenovo;;PO-7;2026-11-09", "LEEDS;5CG1234XYZ;HP;;;")
    first, second, _ = world.ordered(world.first)
    assert (first.order_number, first.product_number) == ("PO-1", "8A4L2EA")
    assert (second.order_number, second.location) == ("PO-7", "LEEDS")


def test_t9_nothing_is_pulled_out_of_where_it_is(world: Feeds) -> None:
    """A customer's machine, one that moved on, one that was deleted, one of another partner."""
    customer = make_tenant("Customer").id
    actor = system_actor("Test", customer, world.holding)
    for serial in ("ENROLLED1", "LISTED1"):
        add_device(
            actor=actor,
            tenant=customer,
            device=DeviceInput("Dell", serial),
            origin=Origin.CSV,
            now=NOW,
        )
    with tenant_scope([customer]):
        Device.objects.filter(serial="ENROLLED1").update(has_custody=True)
    world.feed(*(f"LEEDS;{serial};Dell;;;" for serial in ("MOVED1", "GONE1", "OURS1", "BACK1")))
    move(world, world.device("MOVED1"), world.holding, customer)
    for serial in ("GONE1", "BACK1"):
        gone = [world.device(serial).uid]
        delete_devices(actor=actor, tenant=world.holding, uids=gone, now=NOW)
    with tenant_scope([world.holding]):
        # Restored, it is listed and not held; the feed holds it again.
        Device.objects.filter(serial="BACK1").update(is_active=True)
    before = [row[:5] for row in world.devices()]
    rows = ("ENROLLED1", "LISTED1", "MOVED1", "GONE1", "OURS1", "BACK1")
    assert world.feed(*(f"YORK;{serial};Dell;;;" for serial in rows)) == [
        O.HELD_ELSEWHERE, O.HELD, O.MOVED_ON, O.REMOVED, O.ALREADY_HELD, O.HELD,
    ]  # fmt: skip
    assert world.device("BACK1").has_custody
    # The listing stays, and so does everything else.
    assert [row[:5] for row in world.devices()][: len(before)] == before
    claims = world.lines(*(f"KYIV;{serial};Dell;;;" for serial in rows))
    assert [line.outcome for line in claims] == [
        O.HELD_ELSEWHERE, O.CLAIMED, O.CLAIMED, O.HELD, O.CLAIMED, O.CLAIMED,
    ]  # fmt: skip
    assert (claims[0].holder, claims[2].holder) == ("Customer", "Customer")
    assert claims[4].partner == "Second"
    assert claims[4].holder
    # What a customer deleted after it had moved on is still none of the partner's.
    with tenant_scope([customer]):
        Device.objects.filter(serial="MOVED1").update(is_active=False)
    assert world.feed("LEEDS;MOVED1;Dell;;;") == [O.MOVED_ON]


def test_a_machine_that_became_another_is_not_brought_twice(world: Feeds) -> None:
    world.feed("LEEDS;TYPO1;Dell;;;")
    with tenant_scope([world.holding]):
        Device.objects.filter(serial="TYPO1").update(serial="RIGHT1")
    assert world.feed("LEEDS;TYPO1;Dell;;;") == [O.ALREADY_HELD]


def test_product_numbers_and_makers_that_may_agree(world: Feeds) -> None:
    world.feed("LEEDS;PRODUCT1;HPE;P1;;", "LEEDS;PRODUCT2;Dell;P1;;")
    assert world.feed(
        "LEEDS;PRODUCT1;HP;;;", "LEEDS;PRODUCT2;Dell;P2;;", "KYIV;PRODUCT2;Dell;P3;;"
    ) == [O.ALREADY_HELD, O.HELD, O.HELD]


def test_t14_the_operator_hears_of_claims_and_partners_of_their_devices(world: Feeds) -> None:
    world.feed("LEEDS;SHARED1;Dell;;;", "LEEDS;OURS2;Dell;;;")
    world.feed("KYIV;SHARED1;Dell;;;")
    assert kinds(world.vendor.id) == [("FEED_DONE", world.operator.id)] * 2
    with tenant_scope([world.vendor.id]):
        first, second = Notification.objects.order_by("id")
        verbs = Entry.objects.order_by("id").values_list("verb", flat=True)
        assert list(verbs.filter(verb__startswith="feed.")) == ["feed.submitted", "feed.done"] * 2
    assert (first.level, first.params["held"], first.params["claimed"]) == ("INFO", 2, 0)
    assert (second.level, second.params["held"], second.params["claimed"]) == ("WARNING", 0, 1)
    told = {("DEVICES_FED", world.admin.id), ("DEVICES_FED", world.seller.id)}
    assert told == {one for one in kinds(world.first.id) if one[0] == "DEVICES_FED"}
    # Whoever came second learns nothing of it.
    assert "DEVICES_FED" not in {kind for kind, _ in kinds(world.second.id)}
    with tenant_scope([world.holding, world.other]):
        [entry] = Entry.objects.filter(verb="feed.received")
    assert (entry.tenant_id, entry.details["devices"]) == (world.holding, 2)
