"""What can be done with selections: make one, change all of its devices, take that back."""

from fleetward.devices.bulk.actions.deleting import delete_selected, offer_selected_deletion
from fleetward.devices.bulk.actions.ending import break_bulk
from fleetward.devices.bulk.actions.planning import move_to_plan
from fleetward.devices.bulk.actions.selecting import (
    hold_selection,
    purge_selection,
    purge_selections,
    register_reader,
    release_selection,
    select_picked,
    store_selection,
)
from fleetward.devices.bulk.actions.starting import cancel_bulk, start_bulk, undo_bulk
from fleetward.devices.bulk.actions.undoing import (
    offer_import_undo,
    undo_confirmed_import,
    undo_import,
)
from fleetward.devices.bulk.actions.working import wake_bulk, work_off

__all__ = [
    "break_bulk",
    "cancel_bulk",
    "delete_selected",
    "hold_selection",
    "move_to_plan",
    "offer_import_undo",
    "offer_selected_deletion",
    "purge_selection",
    "purge_selections",
    "register_reader",
    "release_selection",
    "select_picked",
    "start_bulk",
    "store_selection",
    "undo_bulk",
    "undo_confirmed_import",
    "undo_import",
    "wake_bulk",
    "work_off",
]
