"""What was answered when a worker died, and not stored yet: nobody asks for it again.

(Hardening, nothing lost 1 to 4.) `tests/chaos` does the same with a real `kill -9`.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.keeping import keep_page, kept_page
from fleetward.warranty.actions.lanes import Lane
from fleetward.warranty.actions.moves import Claim
from fleetward.warranty.actions.runs import cancel_run, finish_run
from fleetward.warranty.actions.settling import end_provider
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    Page,
    Reason,
    RunState,
)
from fleetward.warranty.models import Batch, KeptPage
from tests.bulk import finish, outcomes_of, set_up
from tests.db.warranty.test_changed_identity import NEW_SERIAL, Place, claimed, make_place
from tests.simulators import Simulators

pytestmark = pytest.mark.django_db


def answered(place: Place) -> tuple[Lane, Claim]:
    """A lane that has an answer and does not live to store it; its lease has run out."""
    lane, claims = claimed(place)
    lane.take_on(claims[0], lane._slot())
    assert lane.moves
    with tenant_scope([place.tenant]):
        Batch.objects.update(due_at=utc_now())
    return lane, claims[0]


def kept(place: Place) -> int:
    with tenant_scope([place.tenant]):
        return KeptPage.objects.count()


def times_asked(place: Place) -> set[int]:
    return set(place.vendors.stats("dell")["serials"].values())


def test_the_next_worker_stores_what_was_answered_and_asks_nobody(vendors: Simulators) -> None:
    place = make_place(vendors)
    answered(place)
    assert kept(place) == 1
    assert finish(place.tenant, place.run).state is RunState.DONE
    assert times_asked(place) == {1}
    assert set(outcomes_of(place.tenant, place.run.id).values()) <= {"FOUND", "NOT_FOUND"}
    assert kept(place) == 0
    place.check()


def test_control_without_the_page_the_same_devices_are_asked_about_again(
    vendors: Simulators,
) -> None:
    place = make_place(vendors)
    answered(place)
    with tenant_scope([place.tenant]):
        KeptPage.objects.all().delete()
    finish(place.tenant, place.run)
    assert times_asked(place) == {2}


def test_w17_a_device_that_was_changed_since_is_asked_about_anew(vendors: Simulators) -> None:
    place = make_place(vendors)
    before = place.serials()[place.changed]
    answered(place)
    place.change(serial=NEW_SERIAL)
    assert finish(place.tenant, place.run).state is RunState.DONE
    assert times_asked(place) == {1}
    assert NEW_SERIAL in place.vendors.stats("dell")["serials"]
    assert not place.told_of(before)
    place.check()


def test_w20_an_answer_from_before_the_credentials_changed_is_not_taken(
    vendors: Simulators,
) -> None:
    place = make_place(vendors)
    answered(place)
    set_up(place.tenant, "dell")
    finish(place.tenant, place.run)
    assert times_asked(place) == {2}


def test_trouble_that_holds_all_calls_holds_no_answer_back(vendors: Simulators) -> None:
    place = make_place(vendors)
    answered(place)
    lane, claims = claimed(place)
    lane.is_disturbed = True
    lane._take_turn(claims[0], lane._slot())
    lane.store()
    assert "" not in outcomes_of(place.tenant, place.run.id).values()


def test_a_worker_that_lost_its_lease_keeps_nothing(vendors: Simulators) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    with tenant_scope([place.tenant]):
        Batch.objects.update(due_at=utc_now())
    lane.take_on(claims[0], lane._slot())
    assert kept(place) == 0


def test_a_worker_that_lost_its_lease_takes_no_page_from_the_next_one(vendors: Simulators) -> None:
    place = make_place(vendors)
    late, _ = answered(place)
    claimed(place)
    late.store()
    assert kept(place) == 1
    with tenant_scope([place.tenant]):
        Batch.objects.update(due_at=utc_now())
    finish(place.tenant, place.run)
    assert times_asked(place) == {1}


def test_a_cancelled_run_keeps_no_pages(vendors: Simulators) -> None:
    place = make_place(vendors)
    answered(place)
    cancel_run(actor=place.actor, tenant=place.tenant, uid=place.run.uid, now=utc_now())
    assert kept(place) == 0


def test_a_run_that_ends_without_its_provider_keeps_no_pages(vendors: Simulators) -> None:
    place = make_place(vendors)
    lane, _ = answered(place)
    end_provider(
        tenant=place.tenant,
        run_id=place.run.id,
        provider="dell",
        reason=Reason.VENDOR_DOWN,
        sight=lane._sight(),
        now=utc_now(),
    )
    assert finish_run(actor=place.actor, tenant=place.tenant, run_id=place.run.id, now=utc_now())
    assert kept(place) == 0


def test_a_page_is_read_as_it_was_kept(vendors: Simulators) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    line = Entitlement(
        "dell", "C1", "Été", EntitlementKind.BASE, date(2026, 2, 28), None, is_rolling=True
    )
    page = Page(
        [
            Answer(
                DeviceKey("A1", "P1", "FR", "Dell"),
                AnswerKind.FOUND,
                entitlements=(line,),
                model="Latitude",
                ships_on=date(2026, 1, 31),
                payload=b"\xff\x00{}",
            ),
            Answer(DeviceKey("A2"), AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
        ],
        wait=timedelta(seconds=1.5),
        is_simulated=True,
    )
    revision = lane.connection.revision
    keep_page(tenant=place.tenant, claim=claims[0], page=page, revision=revision)
    with tenant_scope([place.tenant]):
        Batch.objects.update(due_at=utc_now())
    _, again = claimed(place)
    assert kept_page(again[0]) == page
