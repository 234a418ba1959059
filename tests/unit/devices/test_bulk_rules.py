"""What a bulk edit may change, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from fleetward.devices.bulk.contracts import (
    BulkCounts,
    BulkState,
    ImportUndone,
    NothingImported,
    NothingToChange,
    UndoTooLate,
)
from fleetward.devices.bulk.rules import (
    check_undo,
    cleaned_changes,
    is_of_other_maker,
    is_virtual_anyway,
    undo_until,
)
from fleetward.devices.contracts import BadDevice
from fleetward.devices.imports.contracts import ImportNotReady, ImportState
from fleetward.kernel.errors import Conflict


def test_values_become_canonical_and_only_known_fields_are_kept() -> None:
    given = {
        "location": "  Paris   office ",
        "country": "france",
        "purchased_on": date(2026, 3, 1),
        "is_virtual": True,
        "serial": "X",
    }
    assert cleaned_changes(given) == {
        "location": "Paris office",
        "country": "FR",
        "purchased_on": "2026-03-01",
        "is_virtual": True,
    }


def test_nothing_clears_a_field() -> None:
    given = {"assigned_user": None, "country": "", "model": "", "purchased_on": None}
    assert cleaned_changes(given) == {
        "assigned_user": "",
        "country": "",
        "model": "",
        "purchased_on": None,
    }


def test_no_field_is_nothing_to_change() -> None:
    with pytest.raises(NothingToChange):
        cleaned_changes({"name": "PC-1"})


@pytest.mark.parametrize(
    "given", [{"country": "Atlantis"}, {"model": "m" * 161}, {"assigned_user": "u" * 161}]
)
def test_a_value_that_cannot_be_stored_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(BadDevice) as refused:
        cleaned_changes(given)
    assert [refused.value.field] == list(given)


@pytest.mark.parametrize(
    ("maker", "model", "is_other"),
    [
        ("HP", "ProLiant DL380 Gen10", True),
        ("HPE", "ProLiant DL380 Gen10", False),
        ("HP", "EliteBook 840", False),
        ("Dell", "ProLiant DL380 Gen10", False),
        ("HP", "", False),
    ],
)
def test_w16_a_model_may_be_of_another_manufacturer(maker: str, model: str, is_other: bool) -> None:
    assert is_of_other_maker(maker, {"model": model}) is is_other


def test_w16_without_a_new_model_the_manufacturer_stays() -> None:
    assert is_of_other_maker("HP", {"location": "Paris"}) is False


def test_e12_maker_and_model_tell_a_virtual_machine() -> None:
    assert is_virtual_anyway("VMware", "", {}) is True
    assert is_virtual_anyway("Dell", "VirtualBox", {"is_virtual": False}) is True
    assert is_virtual_anyway("Dell", "VirtualBox", {"model": "Latitude"}) is False


def test_counts_of_outcomes_add_up() -> None:
    counts = BulkCounts(done=3, unchanged=2, changed_since=1, gone=1, refused=1, skipped=2)
    assert (counts.ended, counts.left_alone) == (10, 5)


ENDED = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
UNTIL = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "stored", "undo", "now", "refused"),
    [
        (ImportState.DONE, 1, None, ENDED, None),
        (ImportState.DONE, 1, None, UNTIL - SECOND, None),
        (ImportState.DONE, 1, None, UNTIL, UndoTooLate),
        (ImportState.CANCELLED, 1, None, ENDED, None),
        (ImportState.FAILED, 1, None, ENDED, None),
        (ImportState.DONE, 0, None, ENDED, NothingImported),
        (ImportState.REFUSED, 0, None, ENDED, NothingImported),
        (ImportState.READY, 0, None, ENDED, ImportNotReady),
        (ImportState.RUNNING, 1, None, ENDED, ImportNotReady),
        (ImportState.DONE, 1, BulkState.RUNNING, ENDED, ImportUndone),
        (ImportState.DONE, 1, BulkState.CANCELLING, ENDED, ImportUndone),
        (ImportState.DONE, 1, BulkState.DONE, ENDED, ImportUndone),
        # Told before that it would be too late.
        (ImportState.DONE, 1, BulkState.DONE, UNTIL, ImportUndone),
        (ImportState.DONE, 1, BulkState.CANCELLED, ENDED, None),
        (ImportState.DONE, 1, BulkState.FAILED, ENDED, None),
        (ImportState.DONE, 1, BulkState.FAILED, UNTIL, UndoTooLate),
    ],
)
def test_x11_an_import_is_undone_once_and_within_thirty_days(
    state: ImportState,
    stored: int,
    undo: BulkState | None,
    now: datetime,
    refused: type[Conflict] | None,
) -> None:
    def check() -> None:
        check_undo(
            state=state,
            stored=stored,
            until=undo_until(ENDED),
            undo=undo,
            last_day=UNTIL.date(),
            now=now,
        )

    if refused is None:
        check()
        return
    with pytest.raises(refused):
        check()


def test_one_that_has_not_ended_has_no_last_day() -> None:
    assert undo_until(None) is None
    assert undo_until(ENDED) == UNTIL
    with pytest.raises(ImportNotReady):
        check_undo(
            state=ImportState.DONE,
            stored=1,
            until=None,
            undo=None,
            last_day=UNTIL.date(),
            now=ENDED,
        )
