"""What can be done with connections: save, open, test, pause and remove them, and keep their pace.

Vendors are asked elsewhere, outside of any transaction (`warranty.actions.services`).
"""

from fleetward.connections.actions.judging import (
    forget_failures,
    note_failure,
    note_success,
    pause_connection,
    record_test,
)
from fleetward.connections.actions.opened import StoredConnection, open_connection
from fleetward.connections.actions.pacing import count_calls, take_slot
from fleetward.connections.actions.reminding import remind_of_expiry, tenants_to_warn
from fleetward.connections.actions.rows import subject_of
from fleetward.connections.actions.saving import (
    discard_next_secret,
    remove_connection,
    save_connection,
    set_enabled,
)

__all__ = [
    "StoredConnection",
    "count_calls",
    "discard_next_secret",
    "forget_failures",
    "note_failure",
    "note_success",
    "open_connection",
    "pause_connection",
    "record_test",
    "remind_of_expiry",
    "remove_connection",
    "save_connection",
    "set_enabled",
    "subject_of",
    "take_slot",
    "tenants_to_warn",
]
