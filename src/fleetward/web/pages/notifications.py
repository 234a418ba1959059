"""The Notification Center behind the bell."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.notifications.actions import mark_read
from fleetward.notifications.queries import list_notifications
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


urlpatterns = [
    path("notifications/", notifications, name="notifications"),
    path("notifications/read/", read_all, name="notifications_read"),
]
