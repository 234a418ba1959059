"""Selecting all devices that a filter leaves: exactly these, whatever fits the filter later."""

from __future__ import annotations

from datetime import date, datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.devices.bulk.actions import store_selection
from fleetward.devices.bulk.contracts import SelectionRow
from fleetward.kernel.actor import Actor
from fleetward.warranty.queries.found import found_devices
from fleetward.warranty.queries.grid import question_of
from fleetward.warranty.queries.grid_filter import DeviceFilter


@use_case
def select_matching(
    *,
    actor: Actor,
    tenant: int,
    only: DeviceFilter,
    query: str,
    today: date,
    expiring_days: int,
    now: datetime,
    name: str = "",
) -> SelectionRow:
    """Keep the devices of a list for a day; `query` is the list's address.

    `name`: what a work on them is called by.

    Raises: NotFound, Forbidden, NothingSelected, TooManyDevices.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    question = question_of(actor, tenant, only, today, expiring_days)
    return store_selection(
        actor=actor,
        tenant=tenant,
        found=found_devices(question),
        query=query,
        is_whole=True,
        now=now,
        name=name,
    )
