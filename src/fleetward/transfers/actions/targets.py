"""Where the rows of a file can go (X4): to a customer that has accepted the partner, or into its
holding tenant; not to where they are.
"""

from __future__ import annotations

from datetime import datetime

from fleetward.devices.imports.contracts import NamedList
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.licences.queries import is_suspended
from fleetward.tenancy.queries.destinations import (
    find_destination,
    hold_destination,
    list_destinations,
)
from fleetward.transfers.contracts import (
    CustomerGroup,
    TargetGone,
    TargetIsSource,
    TargetSuspended,
    TransferKind,
    TransferRightLost,
    UnknownTarget,
)
from fleetward.transfers.models import Transfer

LONGEST_ID = 80


def find_target(found: Transfer, customer_id: str) -> TenantRow:
    """Raises: UnknownTarget, TargetIsSource."""
    if customer_id == found.tenant.customer_id:
        raise TargetIsSource
    target = find_destination(partner=found.partner_id, customer_id=customer_id)
    if target is None:
        raise UnknownTarget(customer_id[:LONGEST_ID])
    return target


def hold_target(held: Transfer, now: datetime) -> None:
    """Let pass what can go there now, until this transaction ends. Back, it can go in any case.

    Raises: TargetGone, TargetSuspended.
    """
    if not hold_destination(partner=held.partner_id, tenant=held.target_id or 0):
        raise TargetGone
    check_licences(held, now)


def hold_sides(held: Transfer, now: datetime) -> None:
    """The same, of source and target: whoever ends either relation waits for us, or was first.

    Raises: TransferRightLost, TargetGone, TargetSuspended.
    """
    if not hold_destination(partner=held.partner_id, tenant=held.tenant_id):
        raise TransferRightLost
    hold_target(held, now)


def check_licences(found: Transfer, now: datetime) -> None:
    """Raises: TargetSuspended."""
    if found.kind != TransferKind.UNDO and is_suspended(
        tenant=found.target_id or 0, today=now.date()
    ):
        raise TargetSuspended


def groups_of(found: Transfer, named: NamedList) -> list[CustomerGroup]:
    """The groups of a mixed file; those that can go somewhere have the name of it."""
    places = list_destinations(found.partner_id)
    names = {one.customer_id: one.name for one in places if one.id != found.tenant_id}
    return [
        CustomerGroup(
            value.text[:LONGEST_ID], value.rows, value.first_row, names.get(value.text, "")
        )
        for value in named.values
    ]
