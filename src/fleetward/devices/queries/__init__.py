"""Questions about devices alone. The list and the page of a device, which know of coverage, are
`warranty.queries`."""

from fleetward.devices.queries.history import find_device, list_changes, list_deleted

__all__ = ["find_device", "list_changes", "list_deleted"]
