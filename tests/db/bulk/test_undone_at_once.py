"""Undoing an import while somebody edits, or presses as well: nothing lost, nothing done twice."""

from __future__ import annotations

import psycopg
import pytest

from fleetward.devices.bulk.actions import undoing, work_off
from fleetward.devices.bulk.contracts import BulkRow, ImportUndone
from fleetward.devices.models import BulkRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from tests.db.bulk.listed import Lists, row_of
from tests.plugins.database import FreshDatabase
from tests.races import at_once, without_guard

SERIAL = "D000001"


def edited_while_undone(lists: Lists) -> tuple[str, str]:
    """A person moves the device while a worker undoes: how it ended, and where it is."""
    lists.enter(SERIAL, location="Lyon")
    begun = lists.begin_undo(lists.load(row_of(SERIAL, Location="Paris")))
    at_once(
        [lists.tenant],
        lambda: lists.edit(SERIAL, location="Nice"),
        lambda: work_off(tenant=lists.tenant, run=begun.id, clock=utc_now),
    )
    return lists.codes(begun)[SERIAL], lists.get_device(lists.id_of(SERIAL)).location


def test_an_edit_at_the_same_time_is_not_overwritten(fresh_database: FreshDatabase) -> None:
    assert edited_while_undone(Lists()) == ("CHANGED_SINCE", "Nice")


def test_control_without_the_lock_the_edit_is_lost(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "lock_slice")
    assert edited_while_undone(Lists()) == ("DONE", "Lyon")


def pressed_at_once(lists: Lists) -> tuple[int, int]:
    """Two people undo one import: how many undos there are, and how many were told no."""
    found = lists.load(row_of(SERIAL))
    refused = []

    def press() -> BulkRow | None:
        try:
            return lists.begin_undo(found)
        except ImportUndone as error:
            refused.append(error)
            return None

    at_once([lists.tenant], press, press)
    with tenant_scope([lists.tenant]):
        return BulkRun.objects.count(), len(refused)


def test_of_two_who_press_one_undoes(fresh_database: FreshDatabase) -> None:
    assert pressed_at_once(Lists()) == (1, 1)


def test_the_database_refuses_a_second_undo_as_well(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "check", lambda run, undo, now: None)
    assert pressed_at_once(Lists()) == (1, 1)


def test_control_without_both_there_are_two(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "check", lambda run, undo, now: None)
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("DROP INDEX devices_bulkrun_one_undo")
    assert pressed_at_once(Lists()) == (2, 0)
