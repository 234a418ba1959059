"""The command bar: places, views, groups and devices by a few letters, from anywhere (Ctrl-K)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template import loader
from django.urls import path, reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.devices.queries.groups import list_groups
from fleetward.devices.queries.history import NamedDevice
from fleetward.devices.queries.views import list_views
from fleetward.kernel.paging import Page
from fleetward.tenancy.queries import find_tenants as find_tenants_of
from fleetward.warranty.queries.grid import list_devices
from fleetward.warranty.queries.grid_filter import (
    SHORTEST_SEARCH,
    DeviceFilter,
    DeviceRow,
    Order,
    Sort,
)
from fleetward.warranty.queries.grid_words import INACTIVE
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.devices_columns import inactive_text
from fleetward.web.pages.devices_owners import owners_of
from fleetward.web.recent import recent_devices
from fleetward.web.render import nav_of
from fleetward.web.tenants import choice, offered

MOST_DEVICES = 6
MOST_OTHERS = 5
MOST_TENANTS = 20
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Find:
    """One thing to go to."""

    label: str
    href: str
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finds:
    """Things of one kind."""

    heading: str
    items: tuple[Find, ...]


@tenant_page(Capability.SEE_DEVICES, spans=True)
def find(visit: Visit) -> HttpResponseBase:
    """What a few letters find, as a part of the page; without script, the list of devices."""
    words = visit.request.GET.get("q", "")[:LONGEST].replace("\0", "").strip()
    if "HX-Request" not in visit.request.headers:
        home = reverse("devices", args=[visit.tenant.customer_id])
        return redirect(f"{home}?{urlencode({'q': words})}" if words else home)
    found = tuple(group for group in _found(visit, words) if group.items)
    context = {"groups": found, "words": words}
    response = HttpResponse(loader.render_to_string("web/shell/finds.html", context))
    response["Cache-Control"] = "private, no-store"
    return response


def _found(visit: Visit, words: str) -> Iterator[Finds]:
    if words:
        yield Finds(_("Devices"), tuple(_devices(visit, words)))
    else:
        yield Finds(_("Looked at lately"), tuple(_recent(visit)))
    yield Finds(_("Views"), tuple(_views(visit, words)))
    yield Finds(_("Groups"), tuple(_groups(visit, words)))
    yield Finds(_("Go to"), tuple(_places(visit, words)))


def _devices(visit: Visit, words: str) -> Iterator[Find]:
    active = _page(visit, DeviceFilter(text=words))
    # What is deleted or archived stays findable (E11), after what is there.
    inactive = _page(visit, DeviceFilter(text=words, is_active=False))
    shown = (*active.rows, *inactive.rows)[:MOST_DEVICES]
    owners = owners_of(visit, shown)
    for row in shown:
        href = owners.href(row)
        state = "" if row.is_active else inactive_text(row)
        parts = (state, row.serial, row.model, row.assigned_user)
        note = " · ".join(part for part in parts if part)
        yield Find(row.name or row.serial, href, "device-laptop", note)
    home, named = reverse("devices", args=[visit.tenant.customer_id]), {"words": words}
    if active.after or len(words) < SHORTEST_SEARCH:
        yield Find(_("All devices with “%(words)s”") % named, _q(home, words), "search")
    if inactive.after or len(active.rows) + len(inactive.rows) > len(shown):
        label = _("Deleted and archived devices with “%(words)s”") % named
        yield Find(label, f"{_q(home, words)}&state={INACTIVE}", "search")


def _page(visit: Visit, only: DeviceFilter) -> Page[DeviceRow]:
    return list_devices(
        actor=visit.actor,
        tenant=visit.tenant.id,
        only=only,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
        order=Order(Sort.SERIAL),
        limit=MOST_DEVICES,
    )


def _recent(visit: Visit) -> Iterator[Find]:
    for one in recent_devices(visit):
        yield _named(visit, one)


def _named(visit: Visit, one: NamedDevice) -> Find:
    href = reverse("device", args=[visit.tenant.customer_id, one.uid])
    return Find(one.name or one.serial, href, "history", f"{one.manufacturer} {one.serial}")


def _views(visit: Visit, words: str) -> Iterable[Find]:
    rows = list_views(actor=visit.actor, tenant=visit.tenant.id)
    hrefs = (
        (r.name, reverse("devices_view", args=[visit.tenant.customer_id, r.uid])) for r in rows
    )
    return [Find(name, href, "list") for name, href in hrefs if _has(name, words)][:MOST_OTHERS]


def _groups(visit: Visit, words: str) -> Iterable[Find]:
    home = reverse("devices", args=[visit.tenant.customer_id])
    rows = list_groups(actor=visit.actor, tenant=visit.tenant.id)
    fits = [row for row in rows if _has(row.name, words)][:MOST_OTHERS]
    return [Find(row.name, f"{home}?{urlencode({'group': row.uid})}", "folder") for row in fits]


def _places(visit: Visit, words: str) -> Iterable[Find]:
    """With the heading above each, which some are named by: Account > Overview."""
    for group in nav_of(visit, ""):
        for link in group.links:
            label, heading = str(link.label), str(group.heading)
            if _has(f"{heading} {label}", words):
                yield Find(label, link.href, link.icon, heading)


def _has(text: str, words: str) -> bool:
    return words.casefold() in text.casefold()


def _q(home: str, words: str) -> str:
    return f"{home}?{urlencode({'q': words})}"


@tenant_page(Capability.SEE_NOTIFICATIONS)
def find_tenants(visit: Visit) -> HttpResponseBase:
    """Tenants of the reader by a few letters, as a part of the selector (T5)."""
    words = visit.request.GET.get("q", "")[:LONGEST].replace("\0", "").strip()
    found = find_tenants_of(actor=visit.actor, words=words, most=MOST_TENANTS)
    shown = found if words else offered(visit)
    context = {"tenants": [choice(one) for one in shown], "current": visit.tenant.customer_id}
    response = HttpResponse(loader.render_to_string("web/components/tenant_items.html", context))
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("find/", find, name="find"),
    path("find/tenants/", find_tenants, name="find_tenants"),
]
