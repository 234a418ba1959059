"""What people do with exports, and what their jobs do.

`asking` starts and cancels, `making` writes the file, `counting` says what has become of selected
devices, `ending` how it ended, `keeping` removes what is too old; `printing` is for labels.
"""

from fleetward.warranty.exports.actions.asking import cancel_export, fetch_export, start_export
from fleetward.warranty.exports.actions.ending import break_export
from fleetward.warranty.exports.actions.keeping import (
    remove_old_exports,
    settle_restored,
    wake_exports,
)
from fleetward.warranty.exports.actions.making import make_export
from fleetward.warranty.exports.actions.printing import print_labels
from fleetward.warranty.exports.actions.queueing import MAKE

__all__ = [
    "MAKE",
    "break_export",
    "cancel_export",
    "fetch_export",
    "make_export",
    "print_labels",
    "remove_old_exports",
    "settle_restored",
    "start_export",
    "wake_exports",
]
