"""Settings > Assigned Partner: who may look after this tenant, if its admin agrees (T3)."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.tenancy.actions import answer_partner, end_partner
from fleetward.tenancy.contracts import ManagingPartner, RelationOver, RelationState
from fleetward.tenancy.queries import find_partner
from fleetward.web.components import cells
from fleetward.web.components.shapes import KeyValue
from fleetward.web.countries import country_name
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_page


@tenant_page(Capability.MANAGE_SETTINGS)
def assigned_partner(visit: Visit) -> HttpResponseBase:
    """The partner that asks, or that has been accepted."""
    partner = find_partner(actor=visit.actor, tenant=visit.tenant.id)
    return render_page(
        visit,
        "settings/partner.html",
        title=_("Assigned Partner"),
        nav="partner",
        context={
            "partner": partner,
            "facts": tuple(_facts(partner)) if partner else (),
            "is_pending": partner is not None and partner.state is RelationState.PENDING,
        },
    )


def _facts(partner: ManagingPartner) -> Iterator[KeyValue]:
    of = partner.company
    town = f"{of.postal_code} {of.city}".strip()
    place = ", ".join(filter(None, (of.address, town, country_name(of.country))))
    if place:
        yield KeyValue(_("Address"), place)
    if of.phone:
        yield KeyValue(_("Phone"), of.phone)
    yield KeyValue(_("Asked by"), partner.made_by, cells.moment_html(partner.made_at))
    if partner.answered_at:
        yield KeyValue(
            _("Accepted by"), partner.answered_by, cells.moment_html(partner.answered_at)
        )


@require_POST
@tenant_page(Capability.MANAGE_SETTINGS, step_up="assigned_partner")
def answer(visit: Visit) -> HttpResponseBase:
    """Accept or decline."""
    accepts = visit.request.POST.get("answer") == "accept"
    partner = find_partner(actor=visit.actor, tenant=visit.tenant.id)
    try:
        answer_partner(actor=visit.actor, tenant=visit.tenant.id, accepts=accepts, now=visit.now)
    except RelationOver as error:
        messages.error(visit.request, in_a_line(error))
    else:
        told = _("The partner was accepted.") if accepts else _("The partner was declined.")
        messages.success(visit.request, told)
        if accepts and partner is not None and partner.asks_for_sign_on:
            text = _("%(partner)s noted that you sign in by your own provider: set it up here.")
            messages.info(visit.request, text % {"partner": partner.name})
            return redirect("sign_on", customer_id=visit.tenant.customer_id)
    return redirect("assigned_partner", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.MANAGE_SETTINGS, step_up="assigned_partner")
def end(visit: Visit) -> HttpResponseBase:
    """End the relation; the partner's sight ends with its next request."""
    try:
        end_partner(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    except RelationOver as error:
        messages.error(visit.request, in_a_line(error))
    else:
        messages.success(visit.request, _("The partner sees nothing of this tenant any more."))
    return redirect("assigned_partner", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("settings/partner/", assigned_partner, name="assigned_partner"),
    path("settings/partner/answer/", answer, name="partner_answer"),
    path("settings/partner/end/", end, name="partner_end"),
]
