"""The first page of a company that has signed up: what to do first (T13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.web.door import Visit, tenant_page
from fleetward.web.render import render_page


@dataclass(frozen=True, slots=True)
class FirstStep:
    title: str
    text: str
    href: str


@tenant_page(Capability.MANAGE_SETTINGS)
def welcome(visit: Visit) -> HttpResponseBase:
    """What to do first, in an order that works."""
    return render_page(
        visit,
        "account/welcome.html",
        title=_("Welcome to Fleetward"),
        nav="dashboard",
        context={"steps": tuple(_steps(visit))},
    )


def _steps(visit: Visit) -> Iterator[FirstStep]:
    def to(name: str) -> str:
        return reverse(name, args=[visit.tenant.customer_id])

    yield FirstStep(
        _("Check time zone and language"),
        _("The time zone decides when a day ends, and with it a warranty."),
        to("tenant_settings"),
    )
    yield FirstStep(
        _("Connect your manufacturers"),
        _("With your own credentials Fleetward asks them for the warranty of each device."),
        to("external_services"),
    )
    yield FirstStep(
        _("Import your devices"),
        _("From a spreadsheet: manufacturer and serial number are enough."),
        to("imports"),
    )
    yield FirstStep(
        _("Add users"),
        _("Each with a role. A second IT Admin keeps the tenant open when you are away."),
        to("users"),
    )
    yield FirstStep(
        _("Protect your account"),
        _("Set up a passkey, or an app that shows codes."),
        reverse("security"),
    )


urlpatterns = [path("welcome/", welcome, name="welcome")]
