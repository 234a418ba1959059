"""All Customers > Ordered devices: what a partner ordered, and what no feed brought (T7, T9)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fleetward.access.contracts import Capability
from fleetward.devices.ordered.actions import add_expected
from fleetward.devices.ordered.contracts import Expected
from fleetward.devices.ordered.queries import own_reconciliation, reconciliation_of
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.queries.directory import find_own_holding
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages import reconciliation_views as views
from fleetward.web.pages.operator_partners import partners_crumb
from fleetward.web.pages.pasted import PastedForm
from fleetward.web.pages.support_summaries import support_href
from fleetward.web.render import render_page

# There is one such list in a tenant.
THE_ONE = uuid.UUID(int=0)


class ExpectedForm(PastedForm):
    """Machines that the partner has ordered."""

    columns = gettext_lazy(
        "One in each line as in a CSV file, below a line that names the columns, such as: "
        "Serial Number,Manufacturer,Order Number,Order Date."
    )


@tenant_page(Capability.SEE_CUSTOMERS)
def reconciliation(visit: Visit) -> HttpResponseBase:
    """What the partner ordered by state; add what it expects. Without certified user: why not."""
    if find_own_holding(actor=visit.actor, partner=visit.tenant.id) is None:
        return redirect("unassigned", customer_id=visit.tenant.customer_id)
    form = ExpectedForm(visit.posted, visit.request.FILES or None)
    if visit.posted is not None and form.is_valid():
        try:
            told = add_expected(
                actor=visit.actor,
                partner=visit.tenant.id,
                chunks=[form.data_given()],
                now=visit.now,
            )
        except DomainError as error:
            form.add_error("machines", in_a_line(error))
        else:
            _tell(visit, told)
            return redirect("reconciliation", customer_id=visit.tenant.customer_id)
    found = own_reconciliation(actor=visit.actor, partner=visit.tenant.id)
    here = reverse("reconciliation", args=[visit.tenant.customer_id])
    context = views.context_of(visit, found, here)
    ask = support_href(visit, "ordered", THE_ONE) if context["missing"] else ""
    return render_page(
        visit,
        "customers/reconciliation.html",
        title=_("Ordered devices"),
        nav="reconciliation",
        status=422 if form.errors else 200,
        context={**context, "form": form, "support_href": ask, "rows_href": f"{here}rows.csv"},
    )


def _tell(visit: Visit, told: Expected) -> None:
    text = ngettext(
        "%(added)s machine was added.", "%(added)s machines were added.", told.added
    ) % {"added": number_text(told.added)}
    if told.known:
        text += " " + _("Known already: %(known)s.") % {"known": number_text(told.known)}
    messages.success(visit.request, text)
    if told.refused:
        messages.warning(visit.request, views.refused_text(told.refused))


@tenant_page(Capability.SEE_CUSTOMERS)
def rows(visit: Visit) -> HttpResponseBase:
    """The whole list with states, or what was asked for, as CSV."""
    if find_own_holding(actor=visit.actor, partner=visit.tenant.id) is None:
        return redirect("unassigned", customer_id=visit.tenant.customer_id)
    found = own_reconciliation(actor=visit.actor, partner=visit.tenant.id)
    lines = found.each(views.wanted_of(visit), now=visit.now)
    return download_pieces(
        csv_lines(views.file_headers(), map(views.file_line, lines)),
        name=_("ordered-devices") + ".csv",
    )


@tenant_page(Capability.OPERATE)
def of_partner(visit: Visit, partner_id: str) -> HttpResponseBase:
    """The same of one partner, for the operator to read."""
    found = reconciliation_of(actor=visit.actor, vendor=visit.tenant.id, customer_id=partner_id)
    here = reverse("operator_reconciliation", args=[visit.tenant.customer_id, partner_id])
    back = reverse("operator_partner", args=[visit.tenant.customer_id, partner_id])
    return render_page(
        visit,
        "customers/reconciliation.html",
        title=_("Ordered devices"),
        nav="operator_partners",
        crumbs=(partners_crumb(visit), Crumb(found.name, back)),
        context=views.context_of(visit, found, here),
    )


urlpatterns = [
    path("unassigned/ordered/", reconciliation, name="reconciliation"),
    path("unassigned/ordered/rows.csv", rows, name="reconciliation_rows"),
    path("operator/partners/<str:partner_id>/ordered/", of_partner, name="operator_reconciliation"),
]
