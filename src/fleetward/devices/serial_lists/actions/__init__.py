"""What can be done with a serial list. The first is a verb of people, the others of workers."""

from fleetward.devices.serial_lists.actions.ending import break_serials
from fleetward.devices.serial_lists.actions.housekeeping import purge_serials, wake_serials
from fleetward.devices.serial_lists.actions.uploading import upload_serials
from fleetward.devices.serial_lists.actions.working import match_serials, read_serials

__all__ = [
    "break_serials",
    "match_serials",
    "purge_serials",
    "read_serials",
    "upload_serials",
    "wake_serials",
]
