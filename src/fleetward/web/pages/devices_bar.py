"""The bar above the device list: its search, menus, conditions in force and columns."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from fleetward.devices.contracts import GroupRow
from fleetward.warranty.queries.grid_filter import Count
from fleetward.warranty.queries.grid_words import CONDITIONS, EXCEPT
from fleetward.web.components.shapes import Columns, FilterBar, Option
from fleetward.web.layouts import COLUMNS
from fleetward.web.pages.devices_asked import Asked
from fleetward.web.pages.devices_chips import chips
from fleetward.web.pages.devices_columns import SPECS
from fleetward.web.pages.devices_conditions import more_links
from fleetward.web.pages.devices_filter import FOR_GROUP, VIEW
from fleetward.web.pages.devices_menus import inactive_menus, menus


def filter_bar(wanted: Asked, count: Count, groups: Sequence[GroupRow]) -> FilterBar:
    """What the list can be narrowed by, and what it is."""
    address, only = wanted.address, wanted.only
    in_force = tuple(chips(wanted, count, groups))
    return FilterBar(
        action=address.path,
        search_label=_("Serial, name, model or user"),
        search_value=only.text,
        filters=(menus if only.is_active else inactive_menus)(wanted, groups),
        chips=in_force,
        clear_href=address.cleared() if len(in_force) > 1 else "",
        kept=address.kept("sort", "dir", "selection", EXCEPT, COLUMNS, VIEW, FOR_GROUP, CONDITIONS),
        more=more_links(address, groups, is_active=only.is_active),
        builder=wanted.adding.builder(groups),
        columns=chooser(wanted),
    )


def chooser(wanted: Asked) -> Columns:
    """The columns shown, in their order, and then the others."""
    shown = wanted.layout.specs
    others = (spec for spec in SPECS if spec not in shown)
    return Columns(
        action=reverse("devices_columns", args=[wanted.visit.tenant.customer_id]),
        options=tuple(Option(s.key, str(s.label), s in shown) for s in (*shown, *others)),
        next_href=wanted.address.of(wanted.address.query),
    )
