"""W7: a run that is ended, or pressed for again, beside its workers. On a committed database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import lanes, runs, settling
from fleetward.warranty.actions.runs import cancel_run, start_run, stop_run
from fleetward.warranty.models import Run
from tests.bulk import begin_scheduled, outcomes_of
from tests.db.warranty.test_changed_at_the_end import switched_off
from tests.db.warranty.test_changed_identity import DEVICES, NEW_SERIAL, Place, claimed, make_place
from tests.plugins.database import FreshDatabase
from tests.races import in_a_thread, wait_for
from tests.simulators import Simulators


def cancel(place: Place) -> None:
    cancel_run(actor=place.actor, tenant=place.tenant, uid=place.run.uid, now=utc_now())


def stop(place: Place) -> None:
    stop_run(actor=place.actor, tenant=place.tenant, run_id=place.run.id, now=utc_now())


def press(place: Place) -> None:
    start_run(actor=place.actor, tenant=place.tenant, now=utc_now())


ENDS = {cancel: "CANCELLED", stop: "STOPPED", press: "CANCELLED"}


def lane_claims(place: Place) -> None:
    place.change(serial=NEW_SERIAL)
    claimed(place)


def ended_while(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    where: Any,
    work: Callable[[Place], None],
    end: Callable[[Place], None],
) -> None:
    """End the run while a worker, which holds its batch, puts a changed device into another one."""
    plan = where.plan_devices
    others: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:

        def plan_beside_the_other(*run: Any, **how: Any) -> list[int]:
            others.append(pool.submit(in_a_thread, lambda: end(place)))
            wait_for(others[0])
            planned: list[int] = plan(*run, **how)
            return planned

        monkeypatch.setattr(where, "plan_devices", plan_beside_the_other)
        work(place)
        others[0].result()


def place_for(vendors: Simulators, end: Callable[[Place], None]) -> Place:
    return make_place(vendors, begin=begin_scheduled) if end is press else make_place(vendors)


@pytest.mark.parametrize("end", ENDS)
def test_w7_a_run_is_ended_while_a_worker_divides_its_batch(
    fresh_database: FreshDatabase,
    vendors: Simulators,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Place], None],
) -> None:
    place = place_for(vendors, end)
    ended_while(place, monkeypatch, lanes, lane_claims, end)
    assert list(outcomes_of(place.tenant, place.run.id).values()) == [ENDS[end]] * DEVICES


@pytest.mark.parametrize("end", ENDS)
def test_control_with_its_key_held_each_waits_for_the_other(
    fresh_database: FreshDatabase,
    vendors: Simulators,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Place], None],
) -> None:
    place = place_for(vendors, end)
    whole = QuerySet.select_for_update

    def with_its_key(found: QuerySet[Run], **how: Any) -> QuerySet[Run]:
        return whole(found, **{**how, "no_key": False})

    monkeypatch.setattr(QuerySet, "select_for_update", with_its_key)
    with pytest.raises(OperationalError, match="deadlock"):
        ended_while(place, monkeypatch, lanes, lane_claims, end)


def outcomes_where_the_vendor_was_over(
    vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    place = make_place(vendors)
    with pytest.MonkeyPatch.context() as patch:
        # Its lanes are of no use any more when the run is cancelled.
        patch.setattr(
            "tests.db.warranty.test_changed_at_the_end.lanes_in_queue", lambda _: {"lenovo"}
        )
        ended_while(place, monkeypatch, settling, switched_off, cancel)
    return sorted(outcomes_of(place.tenant, place.run.id).values())


def test_w7_what_was_planned_meanwhile_ends_too(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = outcomes_where_the_vendor_was_over(vendors, monkeypatch)
    assert outcomes == ["CANCELLED", *["NOT_CONFIGURED"] * (DEVICES - 1)]


def test_control_without_another_look_it_stays_open(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([True, False])
    monkeypatch.setattr(runs, "_has_open_batches", lambda run: next(looks))
    assert "" in outcomes_where_the_vendor_was_over(vendors, monkeypatch)


def is_answered_while_a_slice_is_planned(place: Place) -> bool:
    """Whether somebody who presses is told of the open run, which its planner holds."""
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope([place.tenant]):
            Run.objects.select_for_update().get(id=place.run.id)
            other = pool.submit(in_a_thread, lambda: press(place))
            wait_for(other)
            is_answered = other.done()
        other.result()
    return is_answered


def test_w7_whoever_presses_does_not_wait_for_the_planning(
    fresh_database: FreshDatabase, vendors: Simulators
) -> None:
    assert is_answered_while_a_slice_is_planned(make_place(vendors))


def test_control_who_holds_every_open_run_waits(
    fresh_database: FreshDatabase, vendors: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_open_run", lambda tenant: runs._held(tenant, trigger="BULK"))
    assert not is_answered_while_a_slice_is_planned(make_place(vendors))
