"""Devices that a tenant gave away: when, what they were, and their history until then (X10)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.agents.contracts import PresenceRow
from fleetward.agents.queries import find_left_presence
from fleetward.devices.contracts import DepartureRow, Sealed
from fleetward.devices.queries.departures import (
    get_departure,
    list_departed_changes,
    list_departures,
)
from fleetward.devices.texts import FIELD_LABELS
from fleetward.web.components import cells
from fleetward.web.components.shapes import Crumb, KeyValue, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages import device_views
from fleetward.web.render import render_page

ENTRIES = 100


@tenant_page(Capability.SEE_DEVICES)
def departures(visit: Visit) -> HttpResponseBase:
    """The devices that this tenant gave away, the latest first."""
    cursor = visit.request.GET.get("after")
    page = list_departures(actor=visit.actor, tenant=visit.tenant.id, cursor=cursor)
    return render_page(
        visit,
        "departures/list.html",
        title=_("Transferred devices"),
        nav="departures",
        context={
            "grid": _table(page.rows, visit.tenant.customer_id),
            "older": f"?after={page.after}" if page.after else "",
        },
    )


@tenant_page(Capability.SEE_DEVICES)
def departure(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One of them, with what is sealed for this tenant, and its history here."""
    customer_id = visit.tenant.customer_id
    found = get_departure(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    cursor = visit.request.GET.get("history")
    changes = list_departed_changes(
        actor=visit.actor, tenant=visit.tenant.id, uid=uid, cursor=cursor, limit=ENTRIES
    )
    row = found.departure
    seen = find_left_presence(actor=visit.actor, tenant=visit.tenant.id, device=uid)
    return render_page(
        visit,
        "departures/one.html",
        title=row.name or row.serial,
        nav="departures",
        crumbs=[Crumb(_("Transferred devices"), reverse("departures", args=[customer_id]))],
        context={
            "subtitle": " · ".join(filter(None, (row.manufacturer, row.model, row.serial))),
            "facts": _facts(found, seen),
            "device_href": reverse("device", args=[customer_id, uid]) if row.is_here else "",
            "history": device_views.history(
                changes.rows, customer_id, may_import=visit.may(Capability.IMPORT_DEVICES)
            ),
            "older": f"?history={changes.after}#history" if changes.after else "",
        },
    )


def _facts(found: Sealed, seen: PresenceRow | None) -> tuple[KeyValue, ...]:
    row = found.departure
    facts = [
        KeyValue(_("Serial number"), row.serial),
        KeyValue(_("Product number"), row.product_number),
        KeyValue(_("Transferred on"), cells.moment_html(row.at)),
        KeyValue(_("Transferred to"), row.target or _("not told")),
        *(KeyValue(str(FIELD_LABELS[name]), value) for name, value in found.values.items()),
        KeyValue(_("Groups"), ", ".join(found.groups)),
    ]
    if seen:
        facts += [
            KeyValue(_("Last signed-in user"), seen.user),
            KeyValue(_("Last location"), seen.location),
            KeyValue(_("Seen on"), cells.moment_html(seen.seen_at)),
        ]
    if row.undone_at:
        facts.append(KeyValue(_("Taken back on"), cells.moment_html(row.undone_at)))
    return tuple(fact for fact in facts if fact.value)


def _table(rows: Sequence[DepartureRow], customer_id: str) -> Table:
    columns = (
        Column("name", _("Computer name"), css="main"),
        Column("serial", _("Serial number")),
        Column("maker", _("Manufacturer"), css="extra"),
        Column("model", _("Model"), css="extra"),
        Column("at", _("Transferred on")),
        Column("target", _("Transferred to"), css="extra"),
        Column("state", _("State")),
    )
    return Table(_("Transferred devices"), columns, tuple(_line(row, customer_id) for row in rows))


def _line(row: DepartureRow, customer_id: str) -> Row:
    href = reverse("departure", args=[customer_id, row.uid])
    return Row(
        key=str(row.id),
        href=href,
        name=row.name or row.serial,
        cells=(
            cells.link(row.name or row.serial, href),
            cells.code(row.serial),
            cells.text(row.manufacturer),
            cells.text(row.model),
            cells.moment(row.at),
            cells.text(row.target),
            _state(row),
        ),
    )


def _state(row: DepartureRow) -> cells.Cell:
    if row.undone_at:
        return cells.badge(_("Taken back"), Tone.QUIET, "arrow-back-up")
    if row.is_here:
        return cells.badge(_("Here again"), Tone.QUIET, "inbox")
    return cells.badge(_("Transferred"), Tone.QUIET, "logout")


urlpatterns = [
    path("devices/transferred/", departures, name="departures"),
    path("devices/transferred/<uuid:uid>/", departure, name="departure"),
]
