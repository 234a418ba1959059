"""The Notification Center behind the bell, and the trail under Logs."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.audit.queries import list_entries
from fleetward.notifications.actions import mark_read
from fleetward.notifications.queries import list_notifications
from fleetward.web.door import Visit, tenant_page
from fleetward.web.notification_texts import notification_line
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
        context={"lines": [notification_line(row) for row in page.rows], "after": page.after},
    )


@tenant_page(Capability.SEE_NOTIFICATIONS)
def read_all(visit: Visit) -> HttpResponseBase:
    """Mark all as read."""
    mark_read(actor=visit.actor, now=visit.now)
    return redirect("notifications", customer_id=visit.tenant.customer_id)


@tenant_page(Capability.SEE_AUDIT)
def logs(visit: Visit) -> HttpResponseBase:
    """Who did what in this tenant, latest first."""
    get = visit.request.GET
    page = list_entries(
        actor=visit.actor,
        tenant=visit.tenant.id,
        cursor=get.get("after"),
        verb=get.get("verb", ""),
    )
    return render_page(
        visit,
        "notifications/logs.html",
        title=_("Logs"),
        nav="logs",
        context={"rows": page.rows, "after": page.after, "verb": get.get("verb", "")},
    )


urlpatterns = [
    path("notifications/", notifications, name="notifications"),
    path("notifications/read/", read_all, name="notifications_read"),
    path("logs/", logs, name="logs"),
]
