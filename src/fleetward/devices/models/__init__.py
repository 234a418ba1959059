"""The tables of devices: a module for each subject."""

from fleetward.devices.models.bulk import (
    BulkItem,
    BulkRun,
    Selection,
    SelectionItem,
)
from fleetward.devices.models.devices import (
    Change,
    Device,
    JunkSerial,
)
from fleetward.devices.models.feeds import (
    Feed,
    FeedRow,
    Ordered,
)
from fleetward.devices.models.groups import (
    Group,
    GroupMember,
    View,
)
from fleetward.devices.models.imports import (
    ImportRow,
    ImportRun,
)
from fleetward.devices.models.moves import (
    Departure,
    MergedListing,
)
from fleetward.devices.models.serial_lists import (
    SerialList,
    SerialRow,
)
from fleetward.devices.models.store_calls import StoreCall

__all__ = [
    "BulkItem",
    "BulkRun",
    "Change",
    "Departure",
    "Device",
    "Feed",
    "FeedRow",
    "Group",
    "GroupMember",
    "ImportRow",
    "ImportRun",
    "JunkSerial",
    "MergedListing",
    "Ordered",
    "Selection",
    "SelectionItem",
    "SerialList",
    "SerialRow",
    "StoreCall",
    "View",
]
