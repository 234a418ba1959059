"""Account > Overview: what every member may know of the tenant, first its Customer ID (T1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.actions import change_company
from fleetward.tenancy.contracts import Company
from fleetward.tenancy.queries import count_members, find_company
from fleetward.warranty.queries.grid import count_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.web.components.cells import link_html, number_text
from fleetward.web.components.shapes import Crumb, KeyValue
from fleetward.web.countries import country_choices, country_name
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.devices_filter import ALL, VIEW
from fleetward.web.render import render_page
from fleetward.web.role_texts import role_words


class CompanyForm(forms.Form):
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=16, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=80, required=False)
    country = forms.ChoiceField(
        label=gettext_lazy("Country"), choices=country_choices, required=False
    )
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=32, required=False)


@tenant_page(Capability.SEE_DEVICES, spans=True)
def overview(visit: Visit) -> HttpResponseBase:
    """The tenant of the reader. Every role sees devices, so that no member is left out."""
    return render_page(
        visit,
        "account/overview.html",
        title=_("Overview"),
        nav="account",
        crumbs=(Crumb(_("Account")),),
        context={
            "facts": tuple(_facts(visit)),
            "company": tuple(_company(visit)),
            "numbers": tuple(_numbers(visit)),
            "may_set": visit.may(Capability.MANAGE_SETTINGS),
        },
    )


def _facts(visit: Visit) -> Iterator[KeyValue]:
    tenant = visit.tenant
    yield KeyValue(
        _("Customer ID"),
        tenant.customer_id,
        _(
            "It never changes and names your tenant in every address, interface and support "
            "request."
        ),
        copies=True,
    )
    yield KeyValue(_("Name"), tenant.name)
    yield KeyValue(_("Your role"), *role_words(visit.actor, tenant))
    yield KeyValue(
        _("Time zone"),
        tenant.settings.time_zone,
        _("Decides when a day ends, and with it a warranty."),
    )
    yield KeyValue(
        _("Language"),
        capfirst(get_language_info(tenant.settings.language)["name_local"]),
        _("Of pages and emails, for users who have not chosen one themselves."),
    )


def _company(visit: Visit) -> Iterator[KeyValue]:
    """Where it is found, as far as somebody has said."""
    found = find_company(visit.tenant.id)
    place = f"{found.postal_code} {found.city}".strip()
    for label, value in (
        (_("Address"), found.address),
        (_("City"), place),
        (_("Country"), country_name(found.country)),
        (_("Phone"), found.phone),
    ):
        if value:
            yield KeyValue(label, value)


def _numbers(visit: Visit) -> Iterator[KeyValue]:
    """How many there are of what the reader may see, each a link to its list."""
    devices = count_devices(
        actor=visit.actor,
        tenant=visit.tenant.id,
        only=DeviceFilter(),
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
    )
    # Without a word the list would begin with the view of the reader's role.
    yield _number(visit, _("Devices"), devices.number, "devices", f"?{VIEW}={ALL}")
    if visit.may(Capability.SEE_USERS):
        members = count_members(actor=visit.actor, tenant=visit.tenant.id)
        yield _number(visit, _("Users"), members, "users")


def _number(visit: Visit, label: str, number: int, place: str, query: str = "") -> KeyValue:
    href = reverse(place, args=[visit.tenant.customer_id])
    return KeyValue(label, link_html(number_text(number), f"{href}{query}"))


@tenant_page(Capability.MANAGE_SETTINGS)
def edit_company(visit: Visit) -> HttpResponseBase:
    """Where the company is found."""
    form = CompanyForm(visit.posted, initial=asdict(find_company(visit.tenant.id)))
    if form.is_valid():
        try:
            company = Company(**form.cleaned_data)
            change_company(
                actor=visit.actor, tenant=visit.tenant.id, company=company, now=visit.now
            )
        except DomainError as error:
            form.add_error(None, in_a_line(error))
        else:
            messages.success(visit.request, _("Saved."))
            return redirect("account_overview", customer_id=visit.tenant.customer_id)
    return render_page(
        visit,
        "account/company.html",
        title=_("Company profile"),
        nav="account",
        crumbs=(Crumb(_("Account"), reverse("account_overview", args=[visit.tenant.customer_id])),),
        status=422 if form.is_bound else 200,
        context={"form": form},
    )


urlpatterns = [
    path("account/", overview, name="account_overview"),
    path("account/company/", edit_company, name="company_edit"),
]
