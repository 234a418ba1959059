"""What can be done with devices: add, change, delete after a security code, restore; and groups.

Lists of devices come in by `devices.imports`. Whoever writes devices tells `effects`.
"""

from fleetward.devices.actions.archiving import archive_devices, tenants_to_archive
from fleetward.devices.actions.claiming import claim_device
from fleetward.devices.actions.confirming import check_code, offer_deletion
from fleetward.devices.actions.enrolling import enrol_device
from fleetward.devices.actions.entering import add_device, change_device, undo_change
from fleetward.devices.actions.forgetting import forget_moves
from fleetward.devices.actions.grouping import change_group, delete_group, make_group
from fleetward.devices.actions.moving import (
    preview_reassignment,
    reassign_devices,
    return_devices,
)
from fleetward.devices.actions.noting import note_warranty
from fleetward.devices.actions.removing import delete_devices, restore_devices, undo_deletion
from fleetward.devices.actions.storing import store_devices
from fleetward.devices.actions.viewing import change_view, delete_view, save_view

__all__ = [
    "add_device",
    "archive_devices",
    "change_device",
    "change_group",
    "change_view",
    "check_code",
    "claim_device",
    "delete_devices",
    "delete_group",
    "delete_view",
    "enrol_device",
    "forget_moves",
    "make_group",
    "note_warranty",
    "offer_deletion",
    "preview_reassignment",
    "reassign_devices",
    "restore_devices",
    "return_devices",
    "save_view",
    "store_devices",
    "tenants_to_archive",
    "undo_change",
    "undo_deletion",
]
