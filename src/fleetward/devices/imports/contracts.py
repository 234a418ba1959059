"""Imports as others see them: states, outcomes, refusals with their texts, and rows of lists."""

from __future__ import annotations

from enum import StrEnum


class ImportState(StrEnum):
    """Where an import is. READY waits for a person; from DONE on nothing changes any more."""

    UPLOADED = "UPLOADED"
    ANALYSING = "ANALYSING"
    READY = "READY"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Outcome(StrEnum):
    """How one row ended. SKIPPED: the import was cancelled or failed before the row's turn."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"
    SKIPPED = "SKIPPED"
