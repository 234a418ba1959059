"""Putting a page into its frame: the one call that every tenant page ends with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from fleetward import __version__
from fleetward.access.contracts import Capability
from fleetward.config.env import env
from fleetward.notifications.queries import get_bell
from fleetward.tenancy.contracts import LicenceState, TenantKind
from fleetward.tenancy.queries.directory import find_own_holding
from fleetward.web import tenants
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit
from fleetward.web.passkeys import has_passkeys
from fleetward.web.shell import NavGroup, Reader, Shell, nav_groups, theme_of
from fleetward.web.undo import KEY

# What must be allowed for a place of the navigation to be shown.
NEEDS: Mapping[str, Capability] = {
    "operator_partners": Capability.OPERATE,
    "operator_certification": Capability.OPERATE,
    "operator_feeds": Capability.OPERATE,
    "operator_plans": Capability.OPERATE,
    "operator_health": Capability.OPERATE,
    "customers": Capability.SEE_CUSTOMERS,
    "imports": Capability.IMPORT_DEVICES,
    "transfers": Capability.SEE_TRANSFERS,
    "health": Capability.SEE_CONNECTIONS,
    "logs": Capability.SEE_AUDIT,
    "support": Capability.ASK_SUPPORT,
    "operator_support": Capability.OPERATE,
    "services": Capability.SEE_CONNECTIONS,
    "users": Capability.SEE_USERS,
    "roles": Capability.SEE_USERS,
    "licences": Capability.MANAGE_LICENCES,
    "sign_on": Capability.MANAGE_SETTINGS,
    "tenant": Capability.MANAGE_SETTINGS,
    "partner": Capability.MANAGE_SETTINGS,
    "pending": Capability.ENROL_DEVICES,
    "preferences": Capability.MANAGE_ENROLMENT,
    "tokens": Capability.ISSUE_TOKENS,
    "webhooks": Capability.MANAGE_SETTINGS,
}
# Places that are about one customer, and not about all customers of a partner.
OF_ONE = frozenset({"departures", "groups", "runs", "reminders", "budget", "flaws", "partner"})
_OF_DEVICES = ("dashboard", "devices", "groups", "imports", "runs", "reminders", "budget", "flaws")
# Places that there are not in tenants of a kind, whatever may be allowed there.
NOT_IN: Mapping[TenantKind, tuple[str, ...]] = {
    TenantKind.PARTNER: ("licences",),
    TenantKind.VENDOR: (*_OF_DEVICES, "departures", "health", "services", "partner", "licences"),
    TenantKind.HOLDING: ("runs", "reminders", "budget", "health", "tokens"),
}
YEAR_SECONDS = 365 * 24 * 3600


def render_page(
    visit: Visit,
    template: str,
    *,
    title: str,
    nav: str,
    context: Mapping[str, object],
    crumbs: Sequence[Crumb] = (),
    has_simulated: bool = False,
    status: int = 200,
) -> HttpResponse:
    """A page of a tenant in its frame. `nav` is the key of the place that is current.

    `has_simulated` puts the warning of W20 above the page.
    """
    shell = replace(shell_of(visit, title, nav, crumbs), has_simulated=has_simulated)
    # Told once, after something that can be taken back (`web.undo`).
    undo = visit.request.session.pop(KEY, None)
    response = render_framed(
        visit.request,
        template,
        shell=shell,
        context={"undo": undo, "confirm_href": visit.confirm_href, **context},
    )
    response.status_code = status
    # After sign-out, Back on a shared machine must not bring the page again.
    response["Cache-Control"] = "private, no-store"
    # Where `home` goes next time.
    response.set_cookie(
        "tenant",
        visit.tenant.customer_id,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    tenants.remember(visit, response)
    return response


def render_progress(template: str, context: Mapping[str, object], *, is_over: bool) -> HttpResponse:
    """The live part of a page alone, for the page that asks again and again.

    The page is loaded anew once that `is_over`: it then shows what became of it.
    """
    response = HttpResponse(loader.render_to_string(template, context))
    if is_over:
        response["HX-Refresh"] = "true"
    return response


def render_framed(
    request: HttpRequest, template: str, *, shell: Shell, context: Mapping[str, object]
) -> HttpResponse:
    """A page with a frame of its own making, such as the pages before sign-in."""
    return HttpResponse(
        loader.render_to_string(template, {**context, "page": shell}, request=request)
    )


def shell_of(visit: Visit, title: str, nav: str, crumbs: Sequence[Crumb]) -> Shell:
    """The frame of a tenant's page, from the queries of this request."""
    known = tenants.offered(visit)
    has_more = len(known) < len(visit.actor.tenants)
    customer_id = visit.tenant.customer_id
    bell = get_bell(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    return Shell(
        title=title,
        user=reader_of(visit.request),
        tenant=tenants.choice(visit.tenant),
        # A holding tenant is reached from the navigation of its partner alone (T5).
        tenants=[tenants.choice(one) for one in known if one.kind is not TenantKind.HOLDING],
        partner=tenants.partner_of(visit, known),
        find_tenants_href=reverse("find_tenants", args=[customer_id]) if has_more else "",
        nav=nav,
        nav_groups=nav_of(visit, nav),
        crumbs=crumbs,
        bell_href=f"/t/{visit.tenant.customer_id}/notifications/",
        unread=bell.unread,
        bell_latest=bell.latest,
        licence=_licence(visit),
        licences_href=(
            reverse("licences", args=[customer_id]) if visit.may(Capability.MANAGE_LICENCES) else ""
        ),
        **_installation(visit.request),
    )


def _licence(visit: Visit) -> str:
    """The banner of the tenant: that it is suspended is known at once, the other as it was told."""
    if visit.tenant.is_suspended(visit.now.date()):
        return LicenceState.SUSPENDED
    is_told = visit.tenant.licence is LicenceState.OVERENROLLED
    return LicenceState.OVERENROLLED if is_told else ""


def nav_of(visit: Visit, current: str) -> tuple[NavGroup, ...]:
    """The places that this reader may go to; `current` is the key of the one they are at."""
    hidden = {place for place, capability in NEEDS.items() if not visit.may(capability)}
    if visit.is_spanning:
        hidden |= OF_ONE
    hidden.update(NOT_IN.get(visit.tenant.kind, ()))
    # Only a partner of which somebody is certified has it (T7), under its own name (T5).
    is_partner = visit.tenant.kind is TenantKind.PARTNER
    if not (is_partner and find_own_holding(actor=visit.actor, partner=visit.tenant.id)):
        hidden |= {"unassigned", "reconciliation"}
    return nav_groups(visit.tenant.customer_id, current, hidden)


def render_plain(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    context: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page without tenant."""
    response = render_framed(
        request, template, shell=plain_shell(request, title), context=context or {}
    )
    response.status_code = status
    # As of a tenant's pages: a shared browser keeps nothing of whom it showed.
    response["Cache-Control"] = "private, no-store"
    return response


def plain_shell(request: HttpRequest, title: str) -> Shell:
    """The frame of a page without tenant."""
    return Shell(title=title, user=reader_of(request), **_installation(request))


def default_page(request: HttpRequest) -> dict[str, object]:
    """Context processor: a plain frame for pages that are not ours, such as allauth's."""
    return {"page": SimpleLazyObject(lambda: plain_shell(request, "Fleetward"))}


def reader_of(request: HttpRequest) -> Reader | None:
    """Who is signed in, if anybody."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return None
    user = cast(Any, request.user)
    return Reader(user.name, user.email)


def _installation(request: HttpRequest) -> dict[str, Any]:
    return {
        "language": get_language() or "en",
        "theme": theme_of(request.COOKIES.get("theme")),
        "is_demo": env().demo,
        "version": __version__,
        "has_passkeys": has_passkeys(request),
    }
