"""What becomes of credentials when devices go or become other machines (E10)."""

from __future__ import annotations

from fleetward.infra import sql


def follow_devices(*, tenant: int) -> None:
    """End the credentials of devices that were deleted, or are another machine by now.

    Joins the transaction that wrote the devices of the temporary table `devices_written`.
    """
    sql.execute("agents", "purge_agents", {"tenant": tenant})
