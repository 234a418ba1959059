"""Operator > Partners: the list, and making a partner company."""

from __future__ import annotations

from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from fleetward.access.contracts import Capability
from fleetward.config.env import env
from fleetward.kernel.errors import DomainError
from fleetward.partners.actions import add_partner
from fleetward.partners.contracts import PartnerSummary
from fleetward.partners.queries import list_partner_summaries
from fleetward.tenancy.contracts import Company, LetIn, NewPartner, Region, TenantRow
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.mail import is_mail_configured, is_sent, send_invitation, send_password_link
from fleetward.web.once import show_once, shown_once
from fleetward.web.pages.customers import AdminForm, NewCompanyForm
from fleetward.web.render import render_page

LINK = "partner-link"


class PartnerForm(NewCompanyForm, AdminForm):
    """A partner company, its location ids and its first Partner Admin, on one page."""

    locations = forms.CharField(
        label=gettext_lazy("Partner IDs"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The location ids by which resale feeds name the partner, one on each line. More can "
            "be added later."
        ),
    )

    @property
    def told(self) -> NewPartner:
        of = self.cleaned_data
        country = of["country"].upper()
        return NewPartner(
            of["name"],
            Company(of["address"], of["city"], of["postal_code"], country, of["phone"]),
            Region(of["region"]),
            of["first_name"],
            of["last_name"],
            of["email"],
        )

    @property
    def codes(self) -> list[str]:
        """Location ids, in their order, each once."""
        words = self.cleaned_data["locations"].replace(",", "\n").splitlines()
        return list(dict.fromkeys(word.strip() for word in words if word.strip()))


@tenant_page(Capability.OPERATE)
def partners(visit: Visit) -> HttpResponseBase:
    """Every partner of the installation."""
    rows = list_partner_summaries(actor=visit.actor, vendor=visit.tenant.id)
    return render_page(
        visit,
        "operator/partners.html",
        title=_("Partners"),
        nav="operator_partners",
        context={"grid": _table(visit, rows), "handover": shown_once(visit, LINK)},
    )


def _table(visit: Visit, rows: list[PartnerSummary]) -> Table:
    count = ngettext("%(count)s partner", "%(count)s partners", len(rows))
    return Table(
        caption=_("Partners"),
        columns=(
            Column("name", _("Name"), "main"),
            Column("customer_id", _("Customer ID")),
            Column("locations", _("Locations"), "num"),
            Column("certified", _("Certified users"), "num"),
            Column("holding", _("Unassigned Devices")),
            Column("created", _("Created"), "extra"),
        ),
        rows=tuple(_row(visit, row) for row in rows),
        count=count % {"count": number_text(len(rows))},
    )


def _row(visit: Visit, row: PartnerSummary) -> Row:
    of = row.partner.tenant
    href = reverse("operator_partner", args=[visit.tenant.customer_id, of.customer_id])
    return Row(
        key=of.customer_id,
        cells=(
            cells.link(of.name, href),
            cells.code(of.customer_id),
            cells.number(row.locations),
            cells.number(row.certified),
            holding_cell(has_one=row.partner.holding is not None, certified=row.certified),
            cells.moment(row.partner.created_at),
        ),
    )


def holding_cell(*, has_one: bool, certified: int) -> cells.Cell:
    """Whether the partner has a holding tenant, and sees it at present (T7)."""
    if not has_one:
        return cells.badge(_("Not made yet"), Tone.QUIET, "circle-dashed")
    if not certified:
        return cells.badge(_("Closed: nobody is certified"), Tone.WARN, "lock")
    return cells.badge(pgettext("unassigned devices", "Open"), Tone.GOOD, "circle-check")


@tenant_page(Capability.OPERATE, step_up="operator_partner_new")
def new(visit: Visit) -> HttpResponseBase:
    """Make a partner company and let its first Partner Admin in."""
    form = PartnerForm(visit.posted)
    if visit.posted is None or not form.is_valid():
        return _form_page(visit, form)
    try:
        made, admin = add_partner(
            actor=visit.actor,
            vendor=visit.tenant.id,
            partner=form.told,
            locations=form.codes,
            now=visit.now,
        )
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return _form_page(visit, form)
    _tell(visit, made, admin)
    return redirect("operator_partners", customer_id=visit.tenant.customer_id)


def _form_page(visit: Visit, form: PartnerForm) -> HttpResponseBase:
    return render_page(
        visit,
        "operator/partner_new.html",
        title=_("New partner"),
        nav="operator_partners",
        crumbs=(partners_crumb(visit),),
        status=422 if form.is_bound and form.errors else 200,
        context={"form": form},
    )


def partners_crumb(visit: Visit) -> Crumb:
    return Crumb(_("Partners"), reverse("operator_partners", args=[visit.tenant.customer_id]))


def _tell(visit: Visit, made: TenantRow, admin: LetIn) -> None:
    words = {"name": made.name, "email": admin.email}
    link = env().public_address(reverse("invitation", args=[admin.token])) if admin.token else ""
    mail = partial(send_password_link, admin.user_id)
    if link:
        mail = partial(
            send_invitation, admin.email, link=link, tenant=made, inviter=visit.actor.name
        )
    if is_mail_configured() and is_sent(mail):
        messages.success(
            visit.request, _("%(name)s was created. %(email)s was told by email.") % words
        )
    elif link:
        show_once(visit, LINK, link)
    else:
        text = _(
            "%(name)s was created, but no mail could be sent. %(email)s can ask for a link to a "
            "first password on the sign-in page once the mail server works."
        )
        messages.warning(visit.request, text % words)


urlpatterns = [
    path("operator/partners/", partners, name="operator_partners"),
    path("operator/partners/new/", new, name="operator_partner_new"),
]
