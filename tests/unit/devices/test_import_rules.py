"""Which refused rows of a list are named: the first of each reason in each column."""

from __future__ import annotations

from fleetward.devices.imports.contracts import RefusedRows, Report
from fleetward.devices.imports.rules import MOST_NUMBERS, with_refused


def test_batches_are_added_up_the_most_frequent_first() -> None:
    found = [
        RefusedRows("VALUE_TOO_LONG", "location", 1, (9,)),
        RefusedRows("JUNK_SERIAL", "serial", 2, (30, 31)),
        RefusedRows("VALUE_TOO_LONG", "name", 2, (7, 8)),
        # Batches are cut by serial: a later one may hold earlier rows.
        RefusedRows("JUNK_SERIAL", "serial", 1, (2,)),
    ]
    report = with_refused(Report(), found)
    assert report.refused == (
        RefusedRows("JUNK_SERIAL", "serial", 3, (2, 30, 31)),
        RefusedRows("VALUE_TOO_LONG", "name", 2, (7, 8)),
        RefusedRows("VALUE_TOO_LONG", "location", 1, (9,)),
    )
    assert report.refusals == {"VALUE_TOO_LONG": 3, "JUNK_SERIAL": 3}


def test_only_the_first_rows_are_named() -> None:
    late = RefusedRows("JUNK_SERIAL", "serial", 700, tuple(range(100, 100 + MOST_NUMBERS)))
    early = RefusedRows("JUNK_SERIAL", "serial", 3, (50, 51, 52))
    (rows,) = with_refused(Report(), [late, early]).refused
    assert (rows.count, rows.first) == (703, (50, 51, 52, 100, 101))


def test_a_list_of_which_nothing_is_refused_names_nothing() -> None:
    report = with_refused(Report(refusals={"JUNK_SERIAL": 1}), [])
    assert (report.refusals, report.refused) == ({}, ())
