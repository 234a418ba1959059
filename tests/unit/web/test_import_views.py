"""How far an import is, in words, and which of its rows were refused (E12)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from fleetward.devices.imports.contracts import (
    Counts,
    ImportDetail,
    ImportState,
    ImportSummary,
    RefusedRows,
    Report,
)
from fleetward.web.pages.import_views import progress, reason_lines

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RUNNING = ImportSummary(
    id=1,
    uid=uuid.UUID("7f6f0c0e-0000-4000-8000-000000000000"),
    state=ImportState.RUNNING,
    origin="CSV",
    file_name="list.csv",
    file_size=1_000,
    started_by="ada@acme.example",
    rows=1_000,
    done_rows=0,
    counts=Counts(),
    created_at=NOON - timedelta(hours=1),
    started_at=NOON,
    finished_at=None,
    rows_removed_at=None,
)


@pytest.mark.parametrize(
    ("rows", "done", "seconds", "words"),
    [
        (1_000, 0, 10, ""),
        (1_000, 100, 9, "About 81 seconds left"),
        (1_000, 999, 999, "About 1 second left"),
        (1_000, 100, 10, "About 2 minutes left"),
        (1_000_000, 100_000, 100, "About 15 minutes left"),
        # The worker's clock may be a little ahead of ours.
        (1_000, 500, -1, "About 0 seconds left"),
    ],
)
def test_e12_a_running_import_tells_the_time_left(
    rows: int, done: int, seconds: int, words: str
) -> None:
    row = replace(RUNNING, rows=rows, done_rows=done)
    shown = progress(row, "C-1", NOON + timedelta(seconds=seconds))
    assert (shown.status, shown.done, shown.total) == (words, done, rows)


def test_e12_an_import_that_has_not_begun_to_store_tells_none() -> None:
    waiting = replace(RUNNING, done_rows=5, started_at=None)
    assert progress(waiting, "C-1", NOON).status == ""


def test_e12_a_running_import_tells_how_its_rows_have_ended_so_far() -> None:
    row = replace(RUNNING, done_rows=10, counts=Counts(new=1, changed=2, unchanged=3, refused=4))
    shown = progress(row, "C-1", NOON + timedelta(seconds=1))
    assert {figure.label: figure.value for figure in shown.figures} == {
        "New": "1",
        "Changed": "2",
        "Unchanged": "3",
        "Refused": "4",
    }
    assert shown.poll_url == f"/t/C-1/imports/{row.uid}/progress/"


def told(report: Report) -> list[tuple[int, str, str]]:
    """Of each reason: how many rows, which, and what to do."""
    found = ImportDetail(RUNNING, report, {"location": "Site"}, "", None, "")
    return [(line.count, line.examples, line.fix) for line in reason_lines(found)]


@pytest.mark.parametrize(
    ("language", "rows", "said"),
    [
        ("en", RefusedRows("VALUE_TOO_LONG", "location", 1, (3,)), "Row 3 (Site)"),
        ("en", RefusedRows("VALUE_TOO_LONG", "name", 2, (3, 1_017)), "Rows 3, 1017 (Name)"),
        (
            "en",
            RefusedRows("VALUE_TOO_LONG", "location", 1_040, (3, 17, 42)),
            "Rows 3, 17, 42 and 1,037 more (Site)",
        ),
        ("fr", RefusedRows("VALUE_TOO_LONG", "name", 1, (3,)), "Ligne 3 (Nom)"),
        (
            "fr",
            RefusedRows("VALUE_TOO_LONG", "name", 4, (3, 5, 7)),
            "Lignes 3, 5, 7 et 1 autre (Nom)",
        ),
        (
            "fr",
            RefusedRows("VALUE_TOO_LONG", "name", 5, (3, 5, 7)),
            "Lignes 3, 5, 7 et 2 autres (Nom)",
        ),
    ],
)
def test_a_reason_says_in_which_rows_and_in_which_column(
    language: str, rows: RefusedRows, said: str
) -> None:
    with translation.override(language):
        ((count, places, _),) = told(Report(refused=(rows,)))
    assert (count, places) == (rows.count, said)


def test_an_import_whose_rows_were_not_kept_has_its_reasons_all_the_same() -> None:
    assert told(Report(refusals={"VALUE_TOO_LONG": 8})) == [(8, "", "Shorten it.")]
