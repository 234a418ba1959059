"""A run in the middle of its work; tests that want another one `replace` what differs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fleetward.warranty.contracts import RunRow, RunState, Trigger

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# It was planned long before it began to ask.
RUN = RunRow(
    id=1,
    uid="7f6f0c0e-0000-4000-8000-000000000000",
    tenant=1,
    state=RunState.RUNNING,
    trigger=Trigger.BULK,
    devices=1_000,
    started_by="ada@acme.example",
    created_at=NOON - timedelta(hours=1),
    started_at=NOON,
    finished_at=None,
)
