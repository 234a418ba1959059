"""Customers of a partner: the list, and making one in two steps (T2, T3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from fleetward.access.contracts import Capability
from fleetward.config.env import env
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.actions import create_customer
from fleetward.tenancy.contracts import (
    Company,
    CustomerRow,
    LetIn,
    NewCustomer,
    Region,
    RelationState,
    TenantRow,
)
from fleetward.tenancy.licences.contracts import PlanRow
from fleetward.tenancy.licences.queries import plans_offered_by
from fleetward.tenancy.queries import list_customers
from fleetward.tenancy.queries.directory import find_own_holding
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb, Step, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.mail import is_mail_configured, is_sent, send_invitation, send_password_link
from fleetward.web.once import show_once, shown_once
from fleetward.web.pages.account_overview import CompanyForm
from fleetward.web.render import render_page

STEP, ADMIN, BACK = "step", "admin", "back"
OWN_PROVIDER = "PROVIDER"
REGIONS = {
    Region.EU: gettext_lazy("European Union"),
    Region.US: gettext_lazy("United States and Asia"),
}
STATES = {
    RelationState.PENDING: (gettext_lazy("Pending invitation"), Tone.INFO, "clock"),
    RelationState.ACCEPTED: (pgettext_lazy("customer", "Accepted"), Tone.GOOD, "circle-check"),
    RelationState.DECLINED: (pgettext_lazy("customer", "Declined"), Tone.QUIET, "x"),
    RelationState.ENDED: (pgettext_lazy("customer", "Ended"), Tone.QUIET, "lock"),
}


class NewCompanyForm(CompanyForm):
    """The first step: the organisation."""

    name = forms.CharField(label=gettext_lazy("Company name"), max_length=120)
    region = forms.ChoiceField(
        label=gettext_lazy("Region"),
        choices=list(REGIONS.items()),
        help_text=gettext_lazy("Where its data belong. It cannot be changed later."),
    )
    field_order = ("name", *CompanyForm.base_fields, "region")


class AdminForm(forms.Form):
    """The second step: who decides there."""

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=60)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=60)
    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)


class CustomerAdminForm(AdminForm):
    """The second step of a customer: with its plan (T4), and how its users are to sign in."""

    plan = forms.ChoiceField(label=gettext_lazy("Plan"), required=False)
    sign_in = forms.ChoiceField(
        label=gettext_lazy("Sign-in method"),
        choices=[
            ("", gettext_lazy("Password")),
            (OWN_PROVIDER, gettext_lazy("Own identity provider (OpenID Connect)")),
        ],
        required=False,
        help_text=gettext_lazy(
            "With an identity provider of its own, the admin is led to set it up after accepting."
        ),
    )

    def __init__(self, offered: Sequence[PlanRow], posted: QueryDict | None) -> None:
        super().__init__(posted)
        cast(forms.ChoiceField, self.fields["plan"]).choices = [
            (plan.code, plan.name) for plan in offered
        ]


@tenant_page(Capability.SEE_CUSTOMERS)
def customers(visit: Visit) -> HttpResponseBase:
    """The customers of the partner, with how each relation stands."""
    rows = list_customers(actor=visit.actor, partner=visit.tenant.id)
    return render_page(
        visit,
        "customers/list.html",
        title=_("Customers"),
        nav="customers",
        context={
            "grid": _table(rows),
            "has_unassigned": find_own_holding(actor=visit.actor, partner=visit.tenant.id)
            is not None,
            "may_make": visit.may(Capability.MANAGE_CUSTOMERS),
            "handover": shown_once(visit, "customer-link"),
        },
    )


def _table(rows: list[CustomerRow]) -> Table:
    count = ngettext("%(count)s customer", "%(count)s customers", len(rows))
    return Table(
        caption=_("Customers"),
        columns=(
            Column("name", _("Name"), "main"),
            Column("state", _("Status")),
            Column("customer_id", _("Customer ID")),
            Column("admin", _("Primary admin"), "extra"),
            Column("made", _("Created"), "extra"),
        ),
        rows=tuple(_row(row) for row in rows),
        count=count % {"count": number_text(len(rows))},
    )


def _row(row: CustomerRow) -> Row:
    label, tone, icon = STATES[row.state]
    name = cells.link(row.name, f"/t/{row.customer_id}/") if row.customer_id else None
    return Row(
        key=row.uid,
        cells=(
            name or cells.text(row.name),
            cells.badge(label, tone, icon),
            cells.code(row.customer_id),
            cells.text(row.admin_email),
            cells.moment(row.made_at),
        ),
    )


@tenant_page(Capability.MANAGE_CUSTOMERS, step_up="customer_new")
def new(visit: Visit) -> HttpResponseBase:
    """First the company, then its primary admin; nothing is made before both are told."""
    company = NewCompanyForm(visit.posted)
    if visit.posted is None or not company.is_valid():
        return _company_step(visit, company)
    step = visit.posted.get(STEP)
    if step == BACK:
        return _company_step(visit, NewCompanyForm(initial=company.cleaned_data))
    offered = plans_offered_by(visit.tenant.id)
    if step != ADMIN:
        return _admin_step(visit, company, CustomerAdminForm(offered, None))
    admin = CustomerAdminForm(offered, visit.posted)
    if admin.is_valid():
        try:
            return _made(visit, _told(company, admin))
        except DomainError as error:
            admin.add_error(None, in_a_line(error))
    return _admin_step(visit, company, admin)


def _company_step(visit: Visit, company: NewCompanyForm) -> HttpResponseBase:
    return _form_page(visit, company, at=1)


def _admin_step(visit: Visit, company: NewCompanyForm, admin: AdminForm) -> HttpResponseBase:
    return _form_page(visit, admin, at=2, company=company)


def _form_page(
    visit: Visit, form: forms.Form, *, at: int, company: NewCompanyForm | None = None
) -> HttpResponseBase:
    return render_page(
        visit,
        "customers/new.html",
        title=_("New customer"),
        nav="customers",
        crumbs=(Crumb(_("Customers"), reverse("customers", args=[visit.tenant.customer_id])),),
        status=422 if form.is_bound and form.errors else 200,
        context={
            "form": form,
            "company": company,
            "steps": [Step(_("Company")), Step(_("Primary admin"))],
            "at": at,
        },
    )


def _told(company: NewCompanyForm, admin: AdminForm) -> NewCustomer:
    of, who = company.cleaned_data, admin.cleaned_data
    place = Company(
        of["address"], of["city"], of["postal_code"], of["country"].upper(), of["phone"]
    )
    return NewCustomer(
        of["name"],
        place,
        Region(of["region"]),
        who["first_name"],
        who["last_name"],
        who["email"],
        plan=who["plan"],
        asks_for_sign_on=who["sign_in"] == OWN_PROVIDER,
    )


def _made(visit: Visit, told: NewCustomer) -> HttpResponseBase:
    made, admin = create_customer(
        actor=visit.actor, partner=visit.tenant.id, customer=told, now=visit.now
    )
    words = {"name": made.name, "email": admin.email}
    if _is_told(visit, made, admin):
        text = _("%(name)s was created. %(email)s was asked by email to accept.")
        messages.success(visit.request, text % words)
    elif admin.token:
        link = env().public_address(reverse("invitation", args=[admin.token]))
        show_once(visit, "customer-link", link)
    else:
        text = _(
            "%(name)s was created, but no mail could be sent. %(email)s can ask for a link to a "
            "first password on the sign-in page once the mail server works."
        )
        messages.warning(visit.request, text % words)
    return redirect("customers", customer_id=visit.tenant.customer_id)


def _is_told(visit: Visit, made: TenantRow, admin: LetIn) -> bool:
    """Whether a mail with the way in has left."""
    if not is_mail_configured():
        return False
    if admin.is_new_account:
        return is_sent(partial(send_password_link, admin.user_id))
    link = env().public_address(reverse("invitation", args=[admin.token]))
    mail = partial(send_invitation, admin.email, link=link, tenant=made, inviter=visit.actor.name)
    return is_sent(mail)


urlpatterns = [
    path("customers/", customers, name="customers"),
    path("customers/new/", new, name="customer_new"),
]
