"""The page behind an invitation's link: whose account was invited decides whether to join."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import accept_invitation
from fleetward.tenancy.queries import get_invitation_offer
from fleetward.web.door import actor_of
from fleetward.web.render import plain_shell, render_framed
from fleetward.web.role_texts import CUSTOM_TEXT, TEXTS, role_label


@login_required
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show who invites to what; join when that is sent."""
    actor, now = actor_of(request), utc_now()
    if request.method == "POST":
        tenant = accept_invitation(actor=actor, token=token, now=now)
        messages.success(request, _("You are now a user of %(tenant)s.") % {"tenant": tenant.name})
        return redirect("dashboard", customer_id=tenant.customer_id)
    offer = get_invitation_offer(actor=actor, token=token, now=now)
    context = {
        "offer": offer,
        "email": actor.name,
        "role": role_label(offer.role, offer.custom),
        "role_text": CUSTOM_TEXT if offer.custom else TEXTS[offer.role],
    }
    shell = plain_shell(request, _("Invitation"))
    response = render_framed(request, "account/invitation.html", shell=shell, context=context)
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [path("invitations/<str:token>/", invitation, name="invitation")]
