"""Operator > Installation > Sign-up: whether companies sign themselves up, and to which terms."""

from __future__ import annotations

from dataclasses import asdict

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.config.env import env
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.signing_up.actions import change_door
from fleetward.tenancy.signing_up.contracts import Door
from fleetward.tenancy.signing_up.queries import get_door
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.mail import is_mail_configured
from fleetward.web.render import render_page


class DoorForm(forms.Form):
    is_open = forms.BooleanField(
        label=gettext_lazy("Companies may sign themselves up"), required=False
    )
    terms_version = forms.CharField(
        label=gettext_lazy("Version of the terms"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "Such as 2026-11. It is kept with each company that accepts it. Change it whenever the "
            "terms change."
        ),
    )
    terms_url = forms.CharField(
        label=gettext_lazy("Address of the terms"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A page that begins with https://, or else the text below."),
    )
    terms_text = forms.CharField(
        label=gettext_lazy("Text of the terms"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )


@tenant_page(Capability.OPERATE)
def operator_sign_up(visit: Visit) -> HttpResponseBase:
    """Open or close it. Without a mail server no address can be proven, and it stays closed."""
    form = DoorForm(visit.posted, initial=asdict(get_door()))
    if form.is_valid():
        try:
            return _changed(visit, Door(**form.cleaned_data))
        except DomainError as error:
            form.add_error(None, in_a_line(error))
    return render_page(
        visit,
        "operator/sign_up.html",
        title=_("Sign-up"),
        nav="operator_health",
        crumbs=(
            Crumb(_("Installation"), reverse("operator_health", args=[visit.tenant.customer_id])),
        ),
        status=422 if form.is_bound else 200,
        context={
            "form": form,
            "has_mail": is_mail_configured(),
            "address": env().public_address(reverse("sign_up")),
        },
    )


def _changed(visit: Visit, door: Door) -> HttpResponseBase:
    change_door(actor=visit.actor, tenant=visit.tenant.id, door=door, now=visit.now)
    messages.success(visit.request, _("Saved."))
    return redirect("operator_health", customer_id=visit.tenant.customer_id)


urlpatterns = [path("operator/sign-up/", operator_sign_up, name="operator_sign_up")]
