"""Whose the devices of a list are: under All Customers each has a customer of its own (T5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.queries import list_some_tenants
from fleetward.warranty.queries.grid_filter import DeviceRow
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell
from fleetward.web.components.table import Column
from fleetward.web.door import Visit

ANYBODY = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Owners:
    """The tenants of the devices of a page, and the address of a device in each.

    `is_shown`: rows tell whose they are.
    """

    tenants: Mapping[int, TenantRow]
    links: Mapping[int, str]
    is_shown: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        return (Column("customer", _("Customer")),) if self.is_shown else ()

    def cells(self, row: DeviceRow) -> tuple[Cell, ...]:
        if not self.is_shown:
            return ()
        owner = self.tenants[row.tenant]
        return (cells.link(owner.name, f"/t/{owner.customer_id}/"),)

    def href(self, row: DeviceRow) -> str:
        """The address of the device's page."""
        return self.links[row.tenant].replace(ANYBODY, row.uid)


def owners_of(visit: Visit, rows: Iterable[DeviceRow]) -> Owners:
    """Looked up once for all rows of a page."""
    known = {visit.tenant.id: visit.tenant}
    if visit.is_spanning:
        named = {row.tenant for row in rows}
        found = list_some_tenants(actor=visit.actor, tenants=named)
        known |= {one.id: one for one in found}
    links = {
        number: reverse("device", args=[one.customer_id, ANYBODY]) for number, one in known.items()
    }
    return Owners(known, links, is_shown=visit.is_spanning)
