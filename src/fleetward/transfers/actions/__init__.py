"""What can be done with transfers. The first are verbs of people, the others of workers."""

from fleetward.transfers.actions.ending import break_transfer
from fleetward.transfers.actions.executing import move_transfer
from fleetward.transfers.actions.housekeeping import (
    discard_stale,
    list_stale,
    purge_transfers,
    remove_orphans,
    wake_transfers,
)
from fleetward.transfers.actions.matching import match_transfer
from fleetward.transfers.actions.reading import read_transfer
from fleetward.transfers.actions.steering import (
    cancel_transfer,
    split_transfer,
    start_transfer,
    undo_transfer,
)
from fleetward.transfers.actions.uploading import transfer_selected, upload_transfer

__all__ = [
    "break_transfer",
    "cancel_transfer",
    "discard_stale",
    "list_stale",
    "match_transfer",
    "move_transfer",
    "purge_transfers",
    "read_transfer",
    "remove_orphans",
    "split_transfer",
    "start_transfer",
    "transfer_selected",
    "undo_transfer",
    "upload_transfer",
    "wake_transfers",
]
