"""What the address of the device list asks for: filter, order, columns, as this visit may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from fleetward.devices.contracts import GroupRow
from fleetward.devices.queries.groups import list_groups
from fleetward.kernel.paging import Page
from fleetward.warranty.queries.grid import count_devices, list_and_count
from fleetward.warranty.queries.grid_filter import Count, DeviceFilter, DeviceRow, Order
from fleetward.warranty.queries.grid_groups import is_lost
from fleetward.web.door import Visit
from fleetward.web.pages.devices_columns import Layout, chosen_layout
from fleetward.web.pages.devices_conditions import Adding
from fleetward.web.pages.devices_filter import ANSWERS, Address, read_filter, read_order


@dataclass(frozen=True, slots=True)
class Asked:
    """The list that an address asks for, as this visit may see it."""

    visit: Visit
    address: Address
    only: DeviceFilter
    order: Order
    layout: Layout

    @property
    def adding(self) -> Adding:
        """The condition that is being added."""
        return Adding(self.address, self.visit.today, self.visit.tenant.settings.time_zone)

    @property
    def answers(self) -> list[str]:
        """What the answers are asked for, each once. The menu offers one, a program gives two."""
        given = dict.fromkeys(self.address.query.getlist("answer"))
        return [one for one in given if one in ANSWERS]

    @property
    def group(self) -> UUID | None:
        """The group that the list is of, when it is one."""
        return self.only.groups[0] if len(self.only.groups) == 1 else None

    @property
    def lacks_group(self) -> bool:
        """Whether it shows nothing because a group that it asks for is gone. In a scope."""
        return is_lost(self.only, tenant=self.visit.tenant.id)

    def listed(self, limit: int) -> tuple[Page[DeviceRow], Count]:
        """The page of the list that the address names, and how many there are in all.

        Raises: BadCursor.
        """
        return list_and_count(
            actor=self.visit.actor,
            tenant=self.visit.tenant.id,
            only=self.only,
            today=self.visit.today,
            expiring_days=self.visit.tenant.settings.expiring_days,
            order=self.order,
            cursor=self.address.query.get("cursor"),
            limit=limit,
        )

    def count(self, only: DeviceFilter) -> Count:
        """How many devices another filter leaves."""
        return count_devices(
            actor=self.visit.actor,
            tenant=self.visit.tenant.id,
            only=only,
            today=self.visit.today,
            expiring_days=self.visit.tenant.settings.expiring_days,
        )


def asked(visit: Visit) -> Asked:
    """Read the address of a visit."""
    return asked_by(visit, visit.request.GET)


def asked_by(visit: Visit, query: QueryDict) -> Asked:
    """Read the address of a list."""
    only = read_filter(query, visit.today)
    return Asked(
        visit=visit,
        address=Address(reverse("devices", args=[visit.tenant.customer_id]), query),
        only=only,
        order=read_order(query, only),
        layout=chosen_layout(visit.request),
    )


def groups_of(wanted: Asked) -> list[GroupRow]:
    """The groups of the tenant."""
    return list_groups(actor=wanted.visit.actor, tenant=wanted.visit.tenant.id)
