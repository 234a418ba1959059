"""Refreshing a selection (W7): exactly its devices, beside any bulk processing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
from django.db import connection

from fleetward.audit.models import Entry
from fleetward.devices.bulk.actions import purge_selections
from fleetward.devices.bulk.contracts import SelectionGone, SelectionRow, SinceSelected
from fleetward.devices.bulk.queries import get_selection
from fleetward.devices.models import Selection, SelectionItem
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden
from fleetward.notifications.models import Notification
from fleetward.warranty.actions import planning
from fleetward.warranty.actions.running import plan_run
from fleetward.warranty.actions.runs import cancel_run, refresh_selection, start_run
from fleetward.warranty.contracts import RunRow, RunState, Trigger
from fleetward.warranty.models import Run
from fleetward.warranty.queries.runs import find_latest_run, iterate_outcomes, list_runs
from tests.bulk import finish, outcomes_of, row_of, set_up
from tests.cast import actor_of
from tests.db.bulk.work import Place
from tests.plugins.database import FreshDatabase
from tests.simulators import Simulators

PRESSES = 8


@pytest.fixture
def place(db: None) -> Place:
    return Place()


def refresh(place: Place, selection: SelectionRow) -> RunRow:
    return refresh_selection(
        actor=place.actor, tenant=place.tenant, selection=selection.uid, now=utc_now()
    )


def planned(place: Place, selection: SelectionRow) -> RunRow:
    run = refresh(place, selection)
    plan_run(run_id=run.id, tenant=place.tenant, now=utc_now())
    return row_of(place.tenant, run.id)


def test_exactly_the_selected_devices_are_asked_about(place: Place, vendors: Simulators) -> None:
    set_up(place.tenant, "dell", "hp")
    chosen = [*place.add(3), *place.add(2, "HP"), *place.add(1, "Acme")]
    selection = place.select(query="vendor=Dell")
    place.add(4)
    run = planned(place, selection)
    assert (run.trigger, run.query, run.is_whole) == (Trigger.SELECTION, "vendor=Dell", False)
    ended = finish(place.tenant, run)
    outcomes = outcomes_of(place.tenant, run.id)
    assert set(outcomes) == set(chosen)
    assert all(outcomes.values())
    assert ended.devices == len(chosen)


def test_its_end_is_recorded_and_told_once_to_whoever_wanted_it(place: Place) -> None:
    place.add(2)
    run = planned(place, place.select())
    assert run.state is RunState.DONE
    with tenant_scope([place.tenant]):
        entries = Entry.objects.filter(subject=f"run:{run.uid}").order_by("id")
        assert [entry.verb for entry in entries] == ["run.started", "run.finished"]
        assert entries[0].details == {"devices": 2}
        told = Notification.objects.get(key=f"run:{run.uid}")
    assert (told.kind, told.user_id) == ("REFRESH_DONE", place.cast.device_admin.id)


def test_devices_that_are_gone_since_are_told_and_none_is_added(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "SLICE", 2)
    one, two, three, four, five = place.add(5)
    selection = place.select()
    for gone in (one, two, four):
        place.change(gone, is_active=False)
    place.change(three, location="Lyon")
    run = planned(place, selection)
    outcomes = outcomes_of(place.tenant, run.id)
    assert outcomes == {
        one: "DELETED",
        two: "DELETED",
        three: "NOT_CONFIGURED",
        four: "DELETED",
        five: "NOT_CONFIGURED",
    }
    assert run.devices == 5
    assert run.since == SinceSelected(5, changed_since=1, gone=3)
    with tenant_scope([place.tenant]):
        told = Notification.objects.get(key=f"run:{run.uid}").params
    assert {"selected": 5, "changed_since": 1, "gone": 3}.items() <= told.items()
    lines = list(iterate_outcomes(actor=place.actor, tenant=place.tenant, uid=run.uid))
    assert {line.serial: line.outcome for line in lines} == {
        place.get_serial(device): outcome for device, outcome in outcomes.items()
    }


def test_where_nothing_has_become_of_them_nothing_is_told(place: Place) -> None:
    place.add(2)
    run = refresh(place, place.select())
    assert run.since is None
    plan_run(run_id=run.id, tenant=place.tenant, now=utc_now())
    assert row_of(place.tenant, run.id).since == SinceSelected(2, changed_since=0, gone=0)
    with tenant_scope([place.tenant]):
        assert "gone" not in Notification.objects.get(key=f"run:{run.uid}").params


def test_w7_it_runs_beside_bulk_processing_and_other_selections(place: Place) -> None:
    place.add(2)
    bulk = start_run(actor=place.actor, tenant=place.tenant, now=utc_now())
    first, second = refresh(place, place.select()), refresh(place, place.select())
    assert len({bulk.id, first.id, second.id}) == 3
    assert start_run(actor=place.actor, tenant=place.tenant, now=utc_now()).id == bulk.id
    asked = {"actor": place.actor, "tenant": place.tenant}
    assert [row.id for row in list_runs(**asked).rows] == [second.id, first.id, bulk.id]
    latest = find_latest_run(**asked)
    assert latest
    assert latest.id == bulk.id


def test_the_open_run_of_a_selection_is_the_answer_until_it_is_over(place: Place) -> None:
    place.add(1)
    selection = place.select()
    first = refresh(place, selection)
    assert refresh(place, selection).id == first.id
    cancel_run(actor=place.actor, tenant=place.tenant, uid=first.uid, now=utc_now())
    with tenant_scope([place.tenant]):
        told = Notification.objects.get(key=f"run:{first.uid}")
    assert told.kind == "REFRESH_CANCELLED"
    assert refresh(place, selection).id != first.id


def test_a_selection_is_kept_for_another_day(place: Place) -> None:
    place.add(1)
    selection = place.select()
    with tenant_scope([place.tenant]):
        nearly = utc_now() + timedelta(seconds=5)
        Selection.objects.filter(uid=selection.uid).update(expires_at=nearly)
    run = refresh(place, selection)
    purge_selections(now=nearly + timedelta(hours=1))
    plan_run(run_id=run.id, tenant=place.tenant, now=utc_now())
    assert len(outcomes_of(place.tenant, run.id)) == 1


def test_a_selection_outlives_its_day_until_its_run_is_planned(place: Place) -> None:
    place.add(2)
    run = refresh(place, place.select())
    later = utc_now() + timedelta(days=3)
    assert purge_selections(now=later) == 0
    plan_run(run_id=run.id, tenant=place.tenant, now=later)
    assert len(outcomes_of(place.tenant, run.id)) == 2
    assert purge_selections(now=later) == 1


@pytest.mark.parametrize("left", [0, 2])
def test_a_run_whose_selection_is_gone_says_so_and_does_not_pretend(
    place: Place, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    monkeypatch.setattr(planning, "SLICE", 2)
    devices = place.add(4)
    selection = place.select()
    run = refresh(place, selection)
    with tenant_scope([place.tenant]):
        SelectionItem.objects.filter(device_id__in=devices[left:]).delete()
        if not left:
            Selection.objects.filter(id=selection.id).delete()
    plan_run(run_id=run.id, tenant=place.tenant, now=utc_now())
    ended = row_of(place.tenant, run.id)
    assert (ended.state, ended.problem) == (RunState.DONE_WITH_PROBLEMS, "selection_gone")
    assert set(outcomes_of(place.tenant, run.id)) == set(devices[:left])
    with tenant_scope([place.tenant]):
        entry = Entry.objects.get(subject=f"run:{run.uid}", verb="run.finished")
        assert entry.details["problem"] == "selection_gone"
        assert Notification.objects.get(key=f"run:{run.uid}").kind == "REFRESH_STOPPED"


def test_a_selection_whose_day_is_over_is_gone(place: Place) -> None:
    place.add(1)
    selection = place.select()
    with tenant_scope([place.tenant]):
        Selection.objects.filter(uid=selection.uid).update(expires_at=utc_now())
    with pytest.raises(SelectionGone):
        refresh(place, selection)


def test_nobody_refreshes_anothers_selection_or_without_the_right(place: Place) -> None:
    place.add(1)
    selection = place.select()
    given = {"tenant": place.tenant, "selection": selection.uid, "now": utc_now()}
    with pytest.raises(SelectionGone):
        refresh_selection(actor=actor_of(place.cast.admin), **given)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        refresh_selection(actor=actor_of(place.cast.reader), **given)  # type: ignore[arg-type]
    assert get_selection(actor=place.actor, tenant=place.tenant, uid=selection.uid) == selection


def press_at_once(place: Place, selection: SelectionRow) -> list[str]:
    """Several presses of the same button; the runs that they led to, '' for one that failed."""
    barrier = Barrier(PRESSES)

    def press(_: int) -> str:
        try:
            barrier.wait()
            return refresh(place, selection).uid
        finally:
            connection.close()

    with ThreadPoolExecutor(PRESSES) as pool:
        return list(pool.map(press, range(PRESSES)))


def open_runs(place: Place) -> int:
    with tenant_scope([place.tenant]):
        return Run.objects.filter(trigger=Trigger.SELECTION, state=RunState.PLANNING).count()


def test_presses_at_once_open_one_run_of_a_selection(fresh_database: FreshDatabase) -> None:
    place = Place()
    place.add(1)
    assert len(set(press_at_once(place, place.select()))) == 1
    assert open_runs(place) == 1


def test_control_without_the_lock_and_the_constraint_presses_open_several(
    fresh_database: FreshDatabase,
    monkeypatch: pytest.MonkeyPatch,
    owner_connection: psycopg.Connection,
) -> None:
    place = Place()
    place.add(1)
    selection = place.select()
    owner_connection.execute("DROP INDEX warranty_run_one_of_selection")
    everybody = Barrier(PRESSES)

    def without_lock(**_: object) -> SelectionRow:
        everybody.wait()
        return selection

    monkeypatch.setattr("fleetward.warranty.actions.runs.hold_selection", without_lock)
    press_at_once(place, selection)
    assert open_runs(place) > 1
