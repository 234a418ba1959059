"""Printing labels of selected devices."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.bulk.contracts import NothingSelected
from fleetward.devices.bulk.queries import get_selection
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import Page
from fleetward.warranty.exports.contracts import MOST_LABELS, MOST_PRINTED, TooManyLabels
from fleetward.warranty.queries.grid import list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow, Order, Sort


@use_case
def print_labels(
    *,
    actor: Actor,
    tenant: int,
    selection: uuid.UUID,
    today: date,
    expiring_days: int,
    now: datetime,
    part: int = 1,
) -> list[DeviceRow]:
    """The devices of a selection by name, for their labels; inactive ones have none.

    `part`: which `MOST_LABELS` of them, from 1.
    Raises: NotFound, Forbidden, SelectionGone, NothingSelected, TooManyLabels.
    Audit: device.exported
    """
    require(actor, Capability.EXPORT_DEVICES, tenant=tenant)
    chosen = get_selection(actor=actor, tenant=tenant, uid=selection)
    if chosen.devices > MOST_PRINTED:
        raise TooManyLabels(MOST_PRINTED, chosen.devices)
    list_page = partial(
        list_devices,
        actor=actor,
        tenant=tenant,
        only=DeviceFilter(selection=selection),
        today=today,
        expiring_days=expiring_days,
        order=Order(Sort.NAME),
        limit=MOST_LABELS,
    )
    rows = next(islice(_pages(list_page), part - 1, None), ())
    if not rows:
        raise NothingSelected
    details = {"devices": len(rows), "format": "labels"}
    record(actor=actor, verb=Verb.DEVICES_EXPORTED, tenant=tenant, details=details, now=now)
    return list(rows)


def _pages(list_page: Callable[..., Page[DeviceRow]]) -> Iterator[Sequence[DeviceRow]]:
    """The rows of a list, page after page."""
    page = list_page()
    yield page.rows
    while page.after:
        page = list_page(cursor=page.after)
        yield page.rows
