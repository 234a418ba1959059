"""Writing the trail (`trail`), and files of it for somebody to keep (`exporting`)."""

from fleetward.audit.actions.exporting import LogSheet, export_chain, export_entries
from fleetward.audit.actions.trail import (
    SEALED_AT_ONCE,
    OutsideUseCase,
    attempt,
    record,
    record_installation,
    seal_entries,
    use_case,
)

__all__ = [
    "SEALED_AT_ONCE",
    "LogSheet",
    "OutsideUseCase",
    "attempt",
    "export_chain",
    "export_entries",
    "record",
    "record_installation",
    "seal_entries",
    "use_case",
]
