"""X10, X11, T14: what is known of a machine goes where it goes, and comes back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from fleetward.devices.actions import forget_moves, preview_reassignment
from fleetward.devices.contracts import EffectLine, MoveEffect
from fleetward.devices.models import MergedListing
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.answers import store_answers
from fleetward.warranty.actions.reassigning import forget_set_aside
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
)
from fleetward.warranty.models import Coverage, Evidence, IdentityMark, Reminder, SetAside
from fleetward.warranty.models import Entitlement as Line
from fleetward.warranty.queries.evidence import list_evidence
from tests.cast import NOW, TODAY, add_devices
from tests.db.moves.world import World, reader, write
from tests.invariants import everything_holds

pytestmark = pytest.mark.django_db

NEAR, FAR = date(2027, 1, 31), date(2028, 6, 30)


@pytest.fixture
def world() -> World:
    return World()


def cover(
    tenant: int, device: int, ends_on: date, source: str = "dell", *, is_simulated: bool = False
) -> None:
    """What a source says of a device."""
    line = Entitlement(source, "ND", "Next day", EntitlementKind.BASE, date(2025, 1, 1), ends_on)
    answer = Answer(
        key=DeviceKey(serial=str(device), product_number="", country="", manufacturer="Dell"),
        kind=AnswerKind.FOUND,
        entitlements=(line,),
        payload=f"{source} {device} {ends_on}".encode(),
    )
    with tenant_scope([tenant]):
        store_answers(
            tenant=tenant, source=source, answers=[(device, answer, is_simulated)], now=NOW
        )


def remind(tenant: int, device: int) -> None:
    with tenant_scope([tenant]):
        Reminder.objects.create(
            tenant_id=tenant,
            device_id=device,
            ends_on=NEAR,
            days=30,
            sent_on=TODAY,
            is_simulated=False,
        )


def known(world: World, device: int) -> tuple[int, date | None, str]:
    with tenant_scope(world.both):
        row = Coverage.objects.get(device_id=device)
        return row.tenant_id, row.ends_on, row.source


def everything(world: World) -> list[list[dict[str, object]]]:
    """All that is known of all devices, but for what is only a hint (`may_be_flawed`)."""
    with tenant_scope(world.both):
        return [
            sorted((row | {"may_be_flawed": None} for row in model.objects.values()), key=str)
            for model in (Line, Evidence, Coverage, Reminder)
        ]


def holds(world: World) -> None:
    for tenant in world.both:
        everything_holds(tenant)


def said(world: World, tenant: int, device: int) -> list[str]:
    """What the tenant reads of the vendors' words on the device."""
    uid = world.row(device).uid
    found = list_evidence(actor=reader(tenant), tenant=tenant, uid=uid)
    return sorted(row.body for row in found.rows)


def test_coverage_and_lines_follow_and_evidence_stays(world: World) -> None:
    device, other = add_devices(world.source.id, 2)
    cover(world.source.id, device, NEAR)
    cover(world.source.id, other, FAR)
    world.go([device])
    assert known(world, device) == (world.target.id, NEAR, "dell")
    with tenant_scope([world.target.id]):
        assert (Line.objects.count(), Evidence.objects.count()) == (1, 0)
    holds(world)


@pytest.mark.parametrize("is_listed", [True, False])
def test_x10_what_vendors_answered_stays_with_the_tenant_that_asked(
    world: World, is_listed: bool
) -> None:
    """It can name the customer. The same answer to both, of one digest, is kept for each."""
    source, target = world.both
    (device,) = add_devices(source, 1)
    cover(source, device, NEAR)
    mine = said(world, source, device)
    listing = world.list_again(device) if is_listed else 0
    theirs = []
    if listing:
        with tenant_scope(world.both):
            copied = Evidence.objects.filter(device_id=device).values("source", "digest", "body")
            for row in copied:
                Evidence.objects.create(
                    tenant_id=target, device_id=listing, fetched_at=NOW, seen_at=NOW, **row
                )
        theirs = said(world, target, listing)
        assert theirs == mine
    world.go([device])
    assert said(world, target, device) == theirs
    cover(target, device, FAR)
    later = said(world, target, device)
    assert len(later) == len(theirs) + 1
    assert len(world.come_back([device])) == 1
    assert said(world, source, device) == mine
    if listing:
        assert said(world, target, listing) == later
    with tenant_scope(world.both):
        assert Evidence.objects.count() == len(mine) + (len(later) if is_listed else 0)
        assert not SetAside.objects.exists()
    holds(world)


def test_a_move_back_and_forth_leaves_everything_as_it_was(world: World) -> None:
    devices = add_devices(world.source.id, 3)
    for device in devices[:2]:
        cover(world.source.id, device, NEAR)
        remind(world.source.id, device)
    before = everything(world)
    world.go(devices)
    world.come_back(devices)
    assert everything(world) == before
    holds(world)


def test_what_is_set_aside_is_forgotten_when_the_move_cannot_be_taken_back(world: World) -> None:
    (device,) = add_devices(world.source.id, 1)
    cover(world.source.id, device, NEAR)
    remind(world.source.id, device)
    world.list_again(device)
    world.go([device])
    kept = utc_now() + timedelta(days=31), utc_now() + timedelta(days=33)
    for forget in (forget_moves, forget_set_aside):
        assert forget(now=kept[0]) == 0
        assert forget(now=kept[1]) > 0
        assert forget(now=kept[1]) == 0
    with tenant_scope(world.both):
        assert not SetAside.objects.exists()
        assert not MergedListing.objects.exists()


@pytest.mark.parametrize(
    ("is_simulated", "is_set_up", "is_enabled", "removals"),
    [(True, True, True, 1), (True, True, False, 0), (True, False, True, 0), (False, True, True, 0)],
)
def test_w20_what_simulators_said_does_not_stay_where_the_vendor_answers(
    world: World, is_simulated: bool, is_set_up: bool, is_enabled: bool, removals: int
) -> None:
    (device,) = add_devices(world.source.id, 1)
    cover(world.source.id, device, NEAR, is_simulated=is_simulated)
    if is_set_up:
        form = ServiceForm({"client_id": "real", "client_secret": "CANARY-real"}, is_enabled)
        save_external_service(
            actor=system_actor("Tests", world.target.id),
            tenant=world.target.id,
            provider="dell",
            form=form,
            now=NOW,
        )
    before = waiting()
    world.go([device])
    assert waiting() - before == removals


def waiting() -> int:
    """Removals that are queued."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'warranty.remove_simulated'"
        )
        return int(cursor.fetchone()[0])


def test_s9_the_target_is_told_anew(world: World) -> None:
    (device,) = add_devices(world.source.id, 1)
    cover(world.source.id, device, NEAR)
    remind(world.source.id, device)
    world.go([device])
    with tenant_scope(world.both):
        assert not Reminder.objects.exists()
    remind(world.target.id, device)
    world.come_back([device])
    with tenant_scope(world.both):
        assert list(Reminder.objects.values_list("tenant_id", flat=True)) == [world.source.id]
        assert not SetAside.objects.exists()


def test_what_hindered_the_source_is_not_told_to_the_target(world: World) -> None:
    devices = add_devices(world.source.id, 2)
    write(
        world.both,
        """
        UPDATE warranty_coverage SET latest_error = 'CREDENTIALS_REFUSED', attempted_at = now(),
            unknown_reason = 'CREDENTIALS_REFUSED', reason = 'CREDENTIALS_REFUSED'
        WHERE device_id = %(id)s RETURNING 1
        """,
        id=devices[0],
    )
    world.go(devices)
    with tenant_scope(world.both):
        one, two = Coverage.objects.order_by("device_id")
    assert (one.latest_error, one.attempted_at, one.is_due) == ("", None, True)
    assert one.reason == two.reason
    holds(world)


@pytest.mark.parametrize(
    ("own", "listed", "expected"),
    [
        # What vendors said of the device stays; what only the target knows is taken over.
        ({"dell": NEAR}, {"dell": FAR}, (NEAR, "dell")),
        ({}, {"dell": FAR}, (FAR, "dell")),
        ({"dell": NEAR}, {"manual": FAR}, (FAR, "manual")),
        ({"dell": FAR, "manual": FAR}, {"manual": NEAR}, (NEAR, "manual")),
        ({"manual": NEAR}, {"dell": FAR}, (NEAR, "manual")),
        ({"dell": NEAR}, {"lenovo": FAR}, (FAR, "lenovo")),
        ({}, {}, (None, "")),
    ],
)
def test_t14_what_is_known_of_a_listing_merges(
    world: World, own: dict[str, date], listed: dict[str, date], expected: tuple[date | None, str]
) -> None:
    (device,) = add_devices(world.source.id, 1)
    listing = world.list_again(device)
    for source, ends_on in own.items():
        cover(world.source.id, device, ends_on, source)
    for source, ends_on in listed.items():
        cover(world.target.id, listing, ends_on, source)
    remind(world.target.id, listing)
    before = everything(world)
    world.go([device])
    assert known(world, device) == (world.target.id, *expected)
    with tenant_scope(world.both):
        assert set(Line.objects.values_list("device_id", flat=True)) <= {device}
        assert set(Reminder.objects.values_list("device_id", flat=True)) == {device}
    holds(world)
    world.come_back([device])
    assert everything(world) == before
    holds(world)


def test_w17_answers_that_are_under_way_are_not_stored(world: World) -> None:
    """A worker that asked before sees by the mark that the device is not what it asked about."""
    (device,) = add_devices(world.source.id, 1)
    world.go([device])
    with tenant_scope(world.both):
        assert IdentityMark.objects.get(tenant_id=world.source.id).changes == 1


def test_x5_a_preview_counts_what_follows(world: World) -> None:
    one, two = add_devices(world.source.id, 2)
    cover(world.source.id, one, NEAR)
    write(
        world.both,
        """
        WITH run AS (
            INSERT INTO warranty_run (
                uid, tenant_id, state, trigger, started_by, devices, planned_to, created_at
            )
            VALUES (gen_random_uuid(), %(tenant)s, 'RUNNING', 'BULK', 'x', 0, 0, now())
            RETURNING id, tenant_id
        )
        INSERT INTO warranty_batch (tenant_id, run_id, provider, state, device_ids, outcomes, tally)
        SELECT tenant_id, id, 'dell', 'OPEN', ARRAY[%(one)s, %(two)s], ARRAY['FOUND', ''], '{}'
        FROM run
        RETURNING 1
        """,
        tenant=world.source.id,
        one=one,
        two=two,
    )
    lines = preview_reassignment(actor=world.actor, move=world.move(), devices=[one, two])
    first = len(MoveEffect)
    assert lines[first : first + 2] == [
        EffectLine("COVERAGE_FOLLOWS", 1),
        EffectLine("RUN_LOSES", 1),
    ]
