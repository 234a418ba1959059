"""What people do with schedules, and what starts them.

`keeping` makes, changes, deletes and starts them; `refreshing` does at once what one does at night.
"""

from fleetward.warranty.schedules.actions.keeping import (
    add_schedule,
    change_schedule,
    delete_schedule,
    start_schedule,
)
from fleetward.warranty.schedules.actions.refreshing import refresh_matching, select_to_refresh

__all__ = [
    "add_schedule",
    "change_schedule",
    "delete_schedule",
    "refresh_matching",
    "select_to_refresh",
    "start_schedule",
]
