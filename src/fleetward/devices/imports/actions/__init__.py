"""What can be done with an import. The first four are verbs of people, the others of workers."""

from fleetward.devices.imports.actions.analysis import analyse_import
from fleetward.devices.imports.actions.ending import fail_import
from fleetward.devices.imports.actions.housekeeping import (
    discard_stale,
    remove_old_rows,
    remove_orphans,
    stale_imports,
    wake_imports,
)
from fleetward.devices.imports.actions.lanes import run_import
from fleetward.devices.imports.actions.steering import cancel_import, change_mapping, start_import
from fleetward.devices.imports.actions.uploads import upload_list

__all__ = [
    "analyse_import",
    "cancel_import",
    "change_mapping",
    "discard_stale",
    "fail_import",
    "remove_old_rows",
    "remove_orphans",
    "run_import",
    "stale_imports",
    "start_import",
    "upload_list",
    "wake_imports",
]
