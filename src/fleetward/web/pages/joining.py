"""The page behind an invitation's link: whose account was invited decides whether to join."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import accept_invitation
from fleetward.tenancy.queries import get_invitation_offer
from fleetward.tenancy.sign_on.queries import find_invited
from fleetward.web.door import actor_of
from fleetward.web.render import plain_shell, render_framed, render_plain
from fleetward.web.role_texts import CUSTOM_TEXT, TEXTS, role_label


def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show who invites to what; join when that is sent."""
    if not request.user.is_authenticated:
        return _to_sign_in(request, token)
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


def _to_sign_in(request: HttpRequest, token: str) -> HttpResponseBase:
    """With a password, or by the provider of the tenant that has invited."""
    to_login = redirect_to_login(request.get_full_path())
    found = find_invited(token=token, now=utc_now()) if request.method == "GET" else None
    if found is None:
        return to_login
    context = {"entrance": found[0], "token": token, "login_href": to_login["Location"]}
    title = _("You are invited")
    return render_plain(request, "account/invitation_sign_in.html", title=title, context=context)


urlpatterns = [path("invitations/<str:token>/", invitation, name="invitation")]
