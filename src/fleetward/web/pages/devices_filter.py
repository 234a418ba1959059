"""The state of the device list in its address: reading it, and addresses that differ by a bit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from django.http import HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fleetward.warranty.queries import grid_words
from fleetward.warranty.queries.grid_filter import DeviceFilter, Order, Sort
from fleetward.warranty.queries.grid_plan import usual_order
from fleetward.web.addresses import ListAddress
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# Labels of `grid_words`.
ENDS: dict[str, StrPromise] = {
    "-90": _("In the last 90 days"),
    "-30": _("In the last 30 days"),
    "30": _("Within 30 days"),
    "60": _("Within 60 days"),
    "90": _("Within 90 days"),
}
ANSWERS: dict[str, StrPromise] = {
    "checked": _("Checked"),
    "unchecked": _("Not checked yet"),
    "simulated": _("Simulated"),
    "real": _("Not simulated"),
}
# Active devices are what an address shows that names none of these.
STATES: dict[str, StrPromise] = {
    grid_words.DELETED: _("Deleted devices"),
    grid_words.ARCHIVED: _("Archived devices"),
    grid_words.INACTIVE: _("Deleted and archived devices"),
}
# The saved view that an address comes from, or all devices, whatever the role finds first.
VIEW = "view"
ALL = "all"
# The dynamic group whose filter the list is to become, or that there is to be a new one.
FOR_GROUP = "for_group"
# The device that is open beside the list.
DRAWER = "device"


def read_filter(query: QueryDict, today: date) -> DeviceFilter:
    """The filter that an address holds; what is no word of ours is left out."""
    words = dict(query.lists())
    return grid_words.read_filter(words, today=today, zone=timezone.get_current_timezone_name())


def read_state(query: QueryDict) -> str:
    """Which devices an address asks for; the active ones where it says nothing of ours."""
    return grid_words.read_state(dict(query.lists()))


def read_order(query: QueryDict, only: DeviceFilter) -> Order:
    """The order that an address holds; the usual one of its filter otherwise."""
    sort = query.get("sort", "")
    chosen = Sort(sort) if sort in set(Sort) else usual_order(only).sort
    return Order(chosen, query.get("dir") == "desc")


@dataclass(frozen=True, slots=True)
class Address(ListAddress):
    """The path of a list of devices with a query, and its neighbours."""

    def cleared(self) -> str:
        """Without any filter, in the same order."""
        return self.without(*grid_words.NAMES)


def list_crumb(visit: Visit) -> Crumb:
    return Crumb(gettext("Devices"), reverse("devices", args=[visit.tenant.customer_id]))


def back_to_list(visit: Visit, query: str = "") -> HttpResponseRedirect:
    """The list as it was; only what could be in its own address goes along."""
    home = reverse("devices", args=[visit.tenant.customer_id])
    kept = QueryDict(mutable=True)
    for name, values in parse_qs(query).items():
        if name != "cursor":
            kept.setlist(name, values)
    return HttpResponseRedirect(f"{home}?{kept.urlencode()}" if kept else home)
