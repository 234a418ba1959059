"""The door of pages: who asks, in which tenant, and with which right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from fleetward.access.contracts import ABOUT_DEVICES, Capability
from fleetward.access.queries import capabilities, require
from fleetward.infra.requests import address_of
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in, utc_now
from fleetward.tenancy.contracts import OneCustomerOnly, TenantKind, TenantRow
from fleetward.tenancy.queries import actor_for_user, get_tenant, get_tenant_by_id
from fleetward.tenancy.sign_on.queries import bound_to
from fleetward.web.languages import chosen_language
from fleetward.web.sign_on import bound_tenant, needed_provider, redirect_to_provider
from fleetward.web.step_up import ask_again, confirm_href, is_old

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a tenant's page: the actor, the tenant, the moment and the tenant's day."""

    request: HttpRequest
    actor: Actor
    tenant: TenantRow
    now: datetime
    # Where to confirm that it is you before this page's forms are sent; empty while that holds.
    confirm_href: str = ""

    @property
    def today(self) -> date:
        return day_in(self.tenant.settings.time_zone, self.now)

    @property
    def posted(self) -> QueryDict | None:
        """What a form sent, for the form to judge; None when the page is only asked for."""
        return self.request.POST if self.request.method == "POST" else None

    @property
    def is_spanning(self) -> bool:
        """Whether lists show the devices of all customers: the tenant is a partner's (T5)."""
        return self.tenant.kind is TenantKind.PARTNER

    def may(self, capability: Capability) -> bool:
        return capability in capabilities(self.actor, tenant=self.tenant.id)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a signed-in request, within what its session may reach."""
    bound = bound_tenant(request)
    actor = actor_as(request, request.user, member_of=bound)
    return actor if bound is None else bound_to(actor, tenant=bound)


def actor_as(request: HttpRequest, someone: object, member_of: int | None = None) -> Actor:
    """A user who is known otherwise than by the session, such as by the link of a mail."""
    user = cast(Any, someone)
    return actor_for_user(
        user_id=user.id,
        name=user.email,
        request_id=cast(Any, request).request_id,
        address=address_of(request),
        member_of=member_of,
        in_session=True,
    )


def _row(tenant: TenantRow, needed: int) -> TenantRow:
    return tenant if tenant.id == needed else get_tenant_by_id(needed)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """And from there to the page, or to the form that was sent: its session had ended."""
    if request.method == "GET":
        return redirect_to_login(request.get_full_path())
    messages.info(request, _("Sign in, then send the form again."))
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return redirect_to_login("/")
    return redirect_to_login(urlsplit(came_from)._replace(scheme="", netloc="").geturl())


def tenant_page(
    capability: Capability, *, step_up: str = "", asks_first: bool = False, spans: bool = False
) -> Callable[[View], View]:
    """A page under /t/<Customer ID>/. The view gets a `Visit` in place of the request.

    `step_up`: what is sent needs a proof given lately (`web.step_up`); the name of the page to
    come back to. That page is shown with a banner meanwhile; `asks_first` asks before it is shown,
    for one that is a form and nothing else.
    `spans`: in the tenant of a partner it shows the devices of all customers (T5); other pages
    about devices are for one customer at a time.
    Anonymous: to the sign-in page. Raises: NotFound outside the tenant, Forbidden otherwise,
    OneCustomerOnly.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, customer_id: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            actor = actor_of(request)
            tenant = get_tenant(actor=actor, customer_id=customer_id)
            # Until the middleware ends: a refusal speaks the language of its page.
            translation.activate(chosen_language(request) or tenant.settings.language)
            require(actor, capability, tenant=tenant.id)
            needed = needed_provider(request, actor, tenant.id)
            if needed is not None:
                return redirect_to_provider(_row(tenant, needed), back=request.get_full_path())
            visit = Visit(request, actor, tenant, utc_now())
            if visit.is_spanning and not spans and capability in ABOUT_DEVICES:
                raise OneCustomerOnly
            if step_up and is_old(request):
                is_asked = request.method in {"GET", "HEAD"}
                back = request.get_full_path() if is_asked else reverse(step_up, args=[customer_id])
                if asks_first or not is_asked:
                    return ask_again(request, back)
                visit = replace(visit, confirm_href=confirm_href(back))
            with timezone.override(tenant.settings.time_zone):
                return view(visit, **kwargs)

        inner.capability = capability  # type: ignore[attr-defined]
        return inner

    return declare
