"""Writing the trail (`trail`), files of it (`exporting`), and saved filters of it (`filtering`)."""

from fleetward.audit.actions.exporting import LogSheet, export_chain, export_entries
from fleetward.audit.actions.filtering import change_filter, delete_filter, save_filter
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
    "change_filter",
    "delete_filter",
    "export_chain",
    "export_entries",
    "record",
    "record_installation",
    "save_filter",
    "seal_entries",
    "use_case",
]
