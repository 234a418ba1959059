"""Questions about devices alone. The list and the page of a device, which know of coverage, are
`warranty.queries`."""

from fleetward.devices.queries.groups import get_group, list_groups, list_groups_of
from fleetward.devices.queries.hints import hints_of
from fleetward.devices.queries.history import (
    DeletedRow,
    NamedDevice,
    find_device,
    list_changes,
    list_deleted,
    list_named,
)
from fleetward.devices.queries.views import find_default_view, get_view, list_views

__all__ = [
    "DeletedRow",
    "NamedDevice",
    "find_default_view",
    "find_device",
    "get_group",
    "get_view",
    "hints_of",
    "list_changes",
    "list_deleted",
    "list_groups",
    "list_groups_of",
    "list_named",
    "list_views",
]
