"""Account > Overview: what every member may know of the tenant, first its Customer ID (T1)."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.tenancy.queries import count_members
from fleetward.warranty.queries.grid import count_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.web.components.cells import link_html, number_text
from fleetward.web.components.shapes import Crumb, KeyValue
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.devices_filter import ALL, VIEW
from fleetward.web.render import render_page
from fleetward.web.role_texts import role_words


@tenant_page(Capability.SEE_DEVICES)
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


urlpatterns = [path("account/", overview, name="account_overview")]
