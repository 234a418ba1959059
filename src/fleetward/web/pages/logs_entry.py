"""One entry of the logs: beside the list, or on a page of its own that can be sent as a link."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.template import loader
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.audit.contracts import AuditRow, SealRow
from fleetward.audit.queries import get_entry
from fleetward.kernel.errors import NotFound
from fleetward.web.actor_texts import actor_text
from fleetward.web.audit_texts import changes_of, facts_of, verb_text
from fleetward.web.components import cells
from fleetward.web.components.shapes import KeyValue
from fleetward.web.door import Visit, tenant_page
from fleetward.web.log_texts import TYPE_LABELS
from fleetward.web.pages.logs_columns import level_badge
from fleetward.web.pages.logs_filter import DRAWER, IDENTIFIER, asked, logs_crumb
from fleetward.web.render import render_page

# What an identifier names that has a page, by the kind it begins with.
PAGES = {
    "bulk": "bulk",
    "device": "device",
    "export": "export",
    "group": "group_edit",
    "import": "import",
    "log_filter": "log_filter",
    "run": "run",
    "view": "devices_view",
    "webhook": "webhook",
}


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry in words; `same_href` lists all that happened to the same thing."""

    title: str
    verb: str
    type: str
    badge: SafeString | str
    changes: tuple[KeyValue, ...]
    facts: tuple[KeyValue, ...]
    origin: tuple[KeyValue, ...]
    seal: tuple[KeyValue, ...]
    href: str
    thing_href: str
    same_href: str


@tenant_page(Capability.SEE_AUDIT)
def log(visit: Visit, uid: UUID) -> HttpResponseBase:
    """One entry, with its seal."""
    view = _view(visit, uid)
    return render_page(
        visit,
        "logs/entry.html",
        title=view.title,
        nav="logs",
        crumbs=[logs_crumb(visit)],
        context={"view": view},
    )


@tenant_page(Capability.SEE_AUDIT)
def drawer(visit: Visit, uid: UUID) -> HttpResponseBase:
    """The inside of the drawer alone, for a list that is open already."""
    context = {"view": _view(visit, uid), "close_href": asked(visit).address.without(DRAWER)}
    text = loader.render_to_string("logs/drawer.html", context, request=visit.request)
    response = HttpResponse(text)
    response["Cache-Control"] = "private, no-store"
    return response


def open_entry(visit: Visit) -> EntryView | None:
    """The entry that the address of the list names; None for none, or for one out of sight."""
    try:
        return _view(visit, UUID(visit.request.GET.get(DRAWER, "")))
    except (ValueError, NotFound):
        return None


def _view(visit: Visit, uid: UUID) -> EntryView:
    row, seal = get_entry(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    customer_id = visit.tenant.customer_id
    home = reverse("logs", args=[customer_id])
    return EntryView(
        title=verb_text(row.verb),
        verb=row.verb,
        type=str(TYPE_LABELS[row.type]),
        badge=level_badge(row).html,
        changes=_pairs(changes_of(row.details)),
        facts=_pairs(facts_of(row.details)),
        origin=_origin(row),
        seal=_seal(seal),
        href=reverse("log", args=[customer_id, row.uid]),
        thing_href=_thing(row, customer_id),
        same_href=f"{home}?{urlencode({IDENTIFIER: row.subject})}" if row.subject else "",
    )


def _pairs(pairs: list[tuple[str, str]]) -> tuple[KeyValue, ...]:
    return tuple(KeyValue(name, value) for name, value in pairs)


def _origin(row: AuditRow) -> tuple[KeyValue, ...]:
    return (
        KeyValue(_("Date and time"), cells.moment_html(row.at)),
        KeyValue(_("User"), actor_text(row.actor)),
        KeyValue(_("Identifier"), row.subject, copies=bool(row.subject)),
        KeyValue(_("IP address"), row.address),
        KeyValue(_("Request"), row.request_id, copies=bool(row.request_id)),
        KeyValue(_("Entry"), row.uid, copies=True),
    )


def _seal(seal: SealRow | None) -> tuple[KeyValue, ...]:
    if seal is None:
        return (KeyValue(_("Seal"), _("Not sealed yet: that takes up to a minute.")),)
    return (
        KeyValue(_("Seal"), seal.digest, copies=True),
        KeyValue(_("Seal before"), seal.previous, copies=True),
        KeyValue(_("Form"), str(seal.form)),
    )


def _thing(row: AuditRow, customer_id: str) -> str:
    """The page of what the entry is about, which may be gone by now."""
    kind, _colon, uid = row.subject.partition(":")
    try:
        return reverse(PAGES[kind], args=[customer_id, UUID(uid)])
    except (KeyError, ValueError):
        return ""


urlpatterns = [
    path("logs/<uuid:uid>/", log, name="log"),
    path("logs/<uuid:uid>/drawer/", drawer, name="log_drawer"),
]
