"""The list of bulk processings: how long each took, in words that say something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fleetward.warranty.contracts import RunRow, RunState, Trigger
from fleetward.web.pages.run_views import runs_table

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (None, "–"),
        (timedelta(milliseconds=20), "1 second"),
        (timedelta(seconds=49), "49 seconds"),
        (timedelta(hours=2, minutes=5, seconds=9), "2\xa0hours, 5\xa0minutes"),
    ],
)
def test_a_short_run_is_not_told_as_no_minutes(took: timedelta | None, words: str) -> None:
    row = RunRow(
        id=1,
        uid="7f6f0c0e-0000-4000-8000-000000000000",
        tenant=1,
        state=RunState.DONE,
        trigger=Trigger.BULK,
        devices=3,
        started_by="ada@acme.example",
        created_at=NOON - timedelta(minutes=1),
        started_at=NOON,
        finished_at=NOON + took if took else None,
    )
    assert words in runs_table([row], "C-1").rows[0].cells[-1].html
