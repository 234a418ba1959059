"""W17, W18: what was answered for one machine is never stored for another one.

The device is changed while its answer is under way; the race is run on a committed database.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import connection

from fleetward.devices.actions.entering import change_device
from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import settling
from fleetward.warranty.actions.lanes import Lane
from fleetward.warranty.actions.moves import Claim
from fleetward.warranty.actions.opening import open_lane
from fleetward.warranty.actions.running import run_lane
from fleetward.warranty.contracts import OutcomeRow, RunRow, RunState
from fleetward.warranty.models import Batch, Coverage, Entitlement, Evidence
from fleetward.warranty.queries.runs import iterate_outcomes
from tests.bulk import (
    MANUFACTURERS,
    PRODUCT_NUMBER,
    begin,
    finish,
    make_known,
    outcomes_of,
    set_up,
)
from tests.cast import add_devices, make_tenant
from tests.invariants import coverage_is_what_the_entitlements_amount_to, the_tally_is_a_recount
from tests.plugins.database import FreshDatabase
from tests.races import wait_for, without_guard
from tests.simulators import VENDORS, Simulators

DEVICES = 5
NEW_SERIAL = "NEWTAG1"
CHANGES = {"serial": NEW_SERIAL, "country": "FR", "product_number": "21AH00CUFR"}


@dataclass(frozen=True)
class Place:
    """A planned run of a few devices, of which the first is changed."""

    actor: Actor
    tenant: int
    devices: list[int]
    run: RunRow
    vendors: Simulators

    @property
    def changed(self) -> int:
        return self.devices[0]

    def lane(self, vendor: str = "dell") -> Lane:
        lane = open_lane(self.actor, self.run.id, self.tenant, vendor)
        assert isinstance(lane, Lane)
        return lane

    def change(self, **changes: Any) -> None:
        with tenant_scope([self.tenant]):
            uid: uuid.UUID = Device.objects.get(id=self.changed).uid
        change_device(actor=self.actor, tenant=self.tenant, uid=uid, changes=changes, now=utc_now())

    def serials(self) -> dict[int, str]:
        with tenant_scope([self.tenant]):
            return dict(Device.objects.values_list("id", "serial"))

    def told_of(self, serial: str) -> bool:
        """Whether the changed device has an answer about this serial."""
        with tenant_scope([self.tenant]):
            said = Evidence.objects.filter(device_id=self.changed)
            return any(serial in body for body in said.values_list("body", flat=True))

    def check(self) -> None:
        with tenant_scope([self.tenant]):
            coverage_is_what_the_entitlements_amount_to(self.tenant)
            the_tally_is_a_recount(self.tenant)


def make_place(
    vendors: Simulators,
    *,
    vendor: str = "dell",
    count: int = DEVICES,
    begin: Callable[[Actor, int], RunRow] = begin,
) -> Place:
    tenant = make_tenant().id
    actor = set_up(tenant)
    devices = add_devices(
        tenant,
        count,
        MANUFACTURERS[vendor],
        product_number=PRODUCT_NUMBER if vendor == "hp" else "",
    )
    make_known(tenant, devices, vendor)
    for one in VENDORS:
        vendors.dial(one, count_serials=True)
    return Place(actor, tenant, devices, begin(actor, tenant), vendors)


def claimed(place: Place, vendor: str = "dell") -> tuple[Lane, list[Claim]]:
    lane = place.lane(vendor)
    claims, _ = lane.claim()
    return lane, claims


def answer(lane: Lane, claims: list[Claim]) -> None:
    for claim in claims:
        lane.take_on(claim, None if not claim.keys else lane._slot())
    lane.store()


@pytest.mark.django_db
@pytest.mark.parametrize("field", CHANGES)
def test_w17_an_answer_for_what_a_device_was_is_not_stored(vendors: Simulators, field: str) -> None:
    place = make_place(vendors)
    before = place.serials()[place.changed]
    lane, claims = claimed(place)
    place.change(**{field: CHANGES[field]})
    answer(lane, claims)
    outcomes = outcomes_of(place.tenant, place.run.id)
    assert outcomes.pop(place.changed) == ""
    assert set(outcomes.values()) <= {"FOUND", "NOT_FOUND"}
    assert not place.told_of(before)
    place.check()


@pytest.mark.django_db
def test_w13_what_was_known_before_another_country_stays_until_its_own_answer(
    vendors: Simulators,
) -> None:
    place = make_place(vendors)
    finish(place.tenant, place.run)
    before = known_lines(place)
    again = replace(place, run=begin(place.actor, place.tenant))
    lane, claims = claimed(again)
    again.change(country="FR")
    answer(lane, claims)
    assert outcome(again) == ""
    assert before
    assert known_lines(again) == before
    assert finish(again.tenant, again.run).state is RunState.DONE
    assert outcome(again) in ("FOUND", "NOT_FOUND")
    assert known_lines(again) == before
    again.check()


def known_lines(place: Place) -> list[tuple[int, str]]:
    """The lines of all devices: what the simulator says does not depend on the country."""
    with tenant_scope([place.tenant]):
        return list(Entitlement.objects.order_by("id").values_list("device_id", "line_key"))


@pytest.mark.django_db
def test_w17_the_changed_device_is_asked_about_anew_and_nobody_else_is(
    vendors: Simulators,
) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    place.change(serial=NEW_SERIAL)
    answer(lane, claims)
    assert finish(place.tenant, place.run).state is RunState.DONE
    asked = place.vendors.stats("dell")["serials"]
    assert all(times == 1 for times in asked.values())
    assert len(asked) == DEVICES + 1
    assert len(outcomes_of(place.tenant, place.run.id)) == DEVICES
    assert place.told_of(NEW_SERIAL) or outcome(place) == "NOT_FOUND"
    place.check()


def outcome(place: Place) -> str:
    return outcomes_of(place.tenant, place.run.id)[place.changed]


@pytest.mark.django_db
def test_a_change_of_other_fields_costs_no_answer(vendors: Simulators) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    place.change(name="Reception")
    answer(lane, claims)
    assert outcome(place) in ("FOUND", "NOT_FOUND")


@pytest.mark.django_db
def test_a_change_of_another_device_costs_no_answer(vendors: Simulators) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    place.change(serial=NEW_SERIAL)
    answer(lane, claims)
    assert sum(not word for word in outcomes_of(place.tenant, place.run.id).values()) == 1


@pytest.mark.django_db
def test_a_device_that_was_changed_after_trouble_keeps_its_own_reason(
    vendors: Simulators,
) -> None:
    """What a device was is guilty of an answer that makes no sense; what it is now is not."""
    place = make_place(vendors)
    vendors.dial("dell", poison_serial=place.serials()[place.changed])
    lane, claims = claimed(place)
    place.change(serial=NEW_SERIAL)
    answer(lane, claims)
    assert finish(place.tenant, place.run).state is RunState.DONE
    with tenant_scope([place.tenant]):
        assert Coverage.objects.get(device_id=place.changed).latest_error != "ANSWER_UNREADABLE"


@pytest.mark.django_db
def test_w17_a_device_of_another_make_is_asked_about_at_its_own_vendor(
    vendors: Simulators,
) -> None:
    place = make_place(vendors)
    place.change(manufacturer="Lenovo", serial=NEW_SERIAL)
    run_lane(run_id=place.run.id, tenant=place.tenant, provider="dell", lane=0, now=utc_now())
    assert lanes_in_queue(place.run) == {"lenovo"}
    assert finish(place.tenant, place.run).state is RunState.DONE
    assert NEW_SERIAL not in vendors.stats("dell")["serials"]
    assert NEW_SERIAL in vendors.stats("lenovo")["serials"]
    assert len(outcomes_of(place.tenant, place.run.id)) == DEVICES


def lanes_in_queue(run: RunRow) -> set[str]:
    query = (
        "SELECT DISTINCT args->>'provider' FROM procrastinate_jobs"
        " WHERE task_name = 'warranty.run_lane' AND status = 'todo' AND args->>'run_id' = %s"
    )
    return {row[0] for row in sql.fetch_text(query, [str(run.id)])} - {"dell"}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, DEVICES])
def test_w17_a_device_that_cannot_be_asked_about_any_more_says_why(
    vendors: Simulators, count: int
) -> None:
    place = make_place(vendors, count=count)
    place.change(manufacturer="Acer")
    assert finish(place.tenant, place.run).state is RunState.DONE
    assert outcome(place) == "VENDOR_NOT_SUPPORTED"
    assert len(outcomes_of(place.tenant, place.run.id)) == count


@pytest.mark.django_db
def test_w17_a_device_that_was_changed_and_deleted_is_not_asked_about(vendors: Simulators) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    place.change(serial=NEW_SERIAL)
    with tenant_scope([place.tenant]):
        Device.objects.filter(id=place.changed).update(is_active=False)
    answer(lane, claims)
    assert finish(place.tenant, place.run).state is RunState.DONE
    assert outcome(place) == "DELETED"
    assert NEW_SERIAL not in vendors.stats("dell")["serials"]


@pytest.mark.django_db
def test_w17_a_vendors_job_answers_for_what_was_submitted_only(vendors: Simulators) -> None:
    """HP's answer names no product number: the job of the old one is none for the new one."""
    place = make_place(vendors, vendor="hp")
    serial = place.serials()[place.changed]
    answer(*claimed(place, "hp"))
    place.change(product_number="6S6V0EA")
    assert finish(place.tenant, place.run).state is RunState.DONE
    asked = vendors.stats("hp")["serials"]
    assert asked.pop(serial) == 2
    assert all(times == 1 for times in asked.values())


def summary(place: Place) -> list[OutcomeRow]:
    return list(iterate_outcomes(actor=place.actor, tenant=place.tenant, uid=place.run.uid))


@pytest.mark.django_db
def test_the_summary_names_what_was_asked_about_on_every_download(vendors: Simulators) -> None:
    place = make_place(vendors)
    finish(place.tenant, place.run)
    before = summary(place)
    place.change(serial=NEW_SERIAL, manufacturer="Lenovo", name="Reception")
    assert summary(place) == before
    assert all(row.is_simulated and row.serial and row.name for row in before)


@pytest.mark.django_db
def test_the_summary_names_what_a_device_was_when_it_was_asked_about_at_last(
    vendors: Simulators,
) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    place.change(serial=NEW_SERIAL)
    answer(lane, claims)
    finish(place.tenant, place.run)
    assert NEW_SERIAL in [row.serial for row in summary(place)]


@pytest.mark.django_db
def test_a_batch_that_does_not_know_what_it_asked_about_tells_what_devices_are(
    vendors: Simulators,
) -> None:
    """Batches from before the columns: they are asked about and summed up as they were then."""
    place = make_place(vendors)
    with tenant_scope([place.tenant]):
        Batch.objects.update(
            manufacturers=[], serials=[], product_numbers=[], countries=[], names=[]
        )
    vendors.dial("dell", half_batch=True)
    finish(place.tenant, place.run)
    assert sorted(row.serial for row in summary(place)) == sorted(place.serials().values())


def change_while_storing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change the device when its answer has been found to be about it, and is not stored yet."""
    lane, claims = claimed(place)
    store, pool = settling.store_answers, ThreadPoolExecutor(1)
    changes: list[Future[None]] = []

    def change() -> None:
        try:
            place.change(serial=NEW_SERIAL)
        finally:
            connection.close()

    def store_after_the_change(**what: Any) -> None:
        changes.append(pool.submit(change))
        wait_for(changes[0])
        store(**what)

    monkeypatch.setattr(settling, "store_answers", store_after_the_change)
    with pool:
        answer(lane, claims)
    changes[0].result()


def lines_of_changed(place: Place) -> int:
    with tenant_scope([place.tenant]):
        return Entitlement.objects.filter(device_id=place.changed).count()


def test_w17_a_change_waits_for_answers_that_are_being_stored(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(vendors)
    change_while_storing(place, monkeypatch)
    assert place.serials()[place.changed] == NEW_SERIAL
    assert lines_of_changed(place) == 0
    place.check()


def test_control_without_the_lock_the_old_answer_stays(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(vendors)
    without_guard(monkeypatch, "lock_mark", "FOR SHARE")
    change_while_storing(place, monkeypatch)
    assert lines_of_changed(place) > 0


def test_control_without_the_check_the_old_answer_stays(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(vendors)
    before = place.serials()[place.changed]
    monkeypatch.setattr(settling, "_still_true", lambda moves, tenant: list(moves))
    lane, claims = claimed(place)
    place.change(serial=NEW_SERIAL)
    answer(lane, claims)
    assert place.told_of(before)
