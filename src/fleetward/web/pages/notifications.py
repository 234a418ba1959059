"""The Notification Center behind the bell, and the trail under Logs."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.audit.contracts import AuditRow, Verb
from fleetward.audit.queries import list_entries
from fleetward.notifications.actions import mark_read
from fleetward.notifications.queries import list_notifications
from fleetward.web.actor_texts import actor_text
from fleetward.web.audit_texts import details_text, verb_text
from fleetward.web.components import cells
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.notification_texts import note_of
from fleetward.web.render import render_page


@tenant_page(Capability.SEE_NOTIFICATIONS)
def notifications(visit: Visit) -> HttpResponseBase:
    """The actor's notifications in this tenant, latest first."""
    page = list_notifications(
        actor=visit.actor, tenant=visit.tenant.id, cursor=visit.request.GET.get("after")
    )
    return render_page(
        visit,
        "notifications/list.html",
        title=_("Notifications"),
        nav="notifications",
        context={"notes": [note_of(row) for row in page.rows], "after": page.after},
    )


@require_POST
@tenant_page(Capability.SEE_NOTIFICATIONS)
def read_all(visit: Visit) -> HttpResponseBase:
    """Mark all of this tenant as read."""
    mark_read(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    return redirect("notifications", customer_id=visit.tenant.customer_id)


@tenant_page(Capability.SEE_AUDIT)
def logs(visit: Visit) -> HttpResponseBase:
    """Who did what in this tenant, latest first."""
    get = visit.request.GET
    page = list_entries(
        actor=visit.actor,
        tenant=visit.tenant.id,
        cursor=get.get("after"),
        verb=verb if (verb := get.get("verb", "")) in set(Verb) else "",
    )
    return render_page(
        visit,
        "notifications/logs.html",
        title=_("Logs"),
        nav="logs",
        context={"grid": _grid(page.rows), "after": page.after},
    )


def _grid(rows: Sequence[AuditRow]) -> Table:
    columns = (
        Column("at", _("When")),
        Column("actor", _("Who")),
        Column("verb", _("What"), css="main"),
        Column("subject", _("On what"), css="wrap"),
        Column("details", _("Details"), css="wrap extra"),
    )
    lines = tuple(
        Row(
            key=row.uid,
            cells=(
                cells.moment(row.at),
                cells.text(actor_text(row.actor)),
                cells.text(verb_text(row.verb), row.verb),
                cells.text(row.subject),
                cells.text(details_text(row.details)),
            ),
        )
        for row in rows
    )
    return Table(_("Logs"), columns, lines)


urlpatterns = [
    path("notifications/", notifications, name="notifications"),
    path("notifications/read/", read_all, name="notifications_read"),
    path("logs/", logs, name="logs"),
]
