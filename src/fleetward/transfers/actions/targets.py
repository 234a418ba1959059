"""Where the rows of a file can go (X4): to a customer that has accepted the partner, or into its
holding tenant; not to where they are.
"""

from __future__ import annotations

from fleetward.devices.imports.contracts import NamedList
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.queries.destinations import find_destination
from fleetward.transfers.contracts import CustomerGroup, TargetIsSource, UnknownTarget
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


def groups_of(found: Transfer, named: NamedList) -> list[CustomerGroup]:
    """The groups of a mixed file; those that can go somewhere have the name of it."""

    def name_of(customer_id: str) -> str:
        try:
            return find_target(found, customer_id).name if customer_id else ""
        except DomainError:
            return ""

    return [
        CustomerGroup(value.text[:LONGEST_ID], value.rows, value.first_row, name_of(value.text))
        for value in named.values
    ]
