"""Signing in by the identity provider of a tenant: the way there, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.tenancy.queries import find_tenant
from fleetward.tenancy.sign_on.actions import (
    begin_sign_on,
    finish_sign_on,
    join_by_identity,
    link_identity,
    unlink_identity,
    user_of,
)
from fleetward.tenancy.sign_on.contracts import Entrance, Identity, NotLinked, SignOnLate
from fleetward.tenancy.sign_on.queries import find_entrance, find_invited
from fleetward.web.door import actor_as, actor_of
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_plain
from fleetward.web.sign_on import (
    answers_too_often,
    begin_session,
    bound_tenant,
    callback_address,
    remember,
    remembered,
)
from fleetward.web.step_up import confirmed, note_proof, safe_way

SIGN_IN, LINK, CONFIRM, JOIN = "sign-in", "link", "confirm", "join"


class OrganisationForm(forms.Form):
    customer_id = forms.CharField(
        label=gettext_lazy("Customer ID"),
        max_length=16,
        help_text=gettext_lazy(
            "Your IT Admin knows it; it stands in every address of your tenant."
        ),
    )


def organisation(request: HttpRequest) -> HttpResponseBase:
    """Which tenant; then a link to its provider, which says where it leads."""
    known = request.COOKIES.get("tenant", "")
    given = request.GET if "customer_id" in request.GET else None
    form, entrance = OrganisationForm(given, initial={"customer_id": known}), None
    if form.is_valid():
        entrance = _entrance(form.cleaned_data["customer_id"])
        if entrance is None:
            form.add_error("customer_id", _("No tenant with this Customer ID signs in this way."))
    context = {
        "form": form,
        "entrance": entrance,
        "next": safe_way(request, request.GET.get("next", "")),
        "is_needed": "needed" in request.GET,
    }
    title = _("Sign in with your organisation")
    return render_plain(request, "account/organisation.html", title=title, context=context)


def sign_on_start(request: HttpRequest, tenant: str) -> HttpResponseBase:
    """To the provider, to sign in."""
    return _to_provider(request, tenant, SIGN_IN)


@login_required
def sign_on_confirm(request: HttpRequest, tenant: str) -> HttpResponseBase:
    """To the provider that vouches for this session, to prove it again."""
    return _to_provider(request, tenant, CONFIRM, is_anew=True)


@login_required
@confirmed("security")
def sign_on_link(request: HttpRequest, tenant: str) -> HttpResponseBase:
    """To the provider, to link the account there to the reader's."""
    return _to_provider(request, tenant, LINK, user=cast(Any, request.user).pk)


@login_required
@require_POST
@confirmed("security")
def sign_on_unlink(request: HttpRequest, tenant: str) -> HttpResponseBase:
    """End the reader's link."""
    try:
        unlink_identity(actor=actor_of(request), tenant=_of(tenant).tenant)
    except DomainError as error:
        messages.error(request, in_a_line(error))
    else:
        messages.success(request, _("The link is ended."))
    return redirect("security")


def sign_on_join(request: HttpRequest, token: str) -> HttpResponseBase:
    """To the provider of the tenant that has invited, to accept."""
    found = find_invited(token=token, now=utc_now())
    if found is None:
        # Its page says so to whoever signs in.
        return redirect("invitation", token=token)
    return _to_provider(request, found[0].customer_id, JOIN, token=token, user=found[1])


def sign_on_callback(request: HttpRequest) -> HttpResponseBase:
    """Back from the provider. Where to go next was kept here, and is not asked of the address."""
    try:
        # Each answer makes us call the provider, and a web worker waits meanwhile.
        if answers_too_often(request):
            raise SignOnLate
        kept, now = remembered(request), utc_now()
        if kept.get("purpose") not in _ENDS:
            raise SignOnLate
        given = {name: request.GET[name] for name in request.GET}
        identity = finish_sign_on(kept=kept, given=given, now=now)
        return _ENDS[kept["purpose"]](_Return(request, kept, identity))
    except DomainError as error:
        messages.error(request, in_a_line(error))
        return redirect("home" if request.user.is_authenticated else "account_login")


@dataclass(frozen=True, slots=True)
class _Return:
    request: HttpRequest
    kept: dict[str, Any]
    identity: Identity


def _signed_in(back: _Return) -> HttpResponseBase:
    tenant = back.kept["tenant"]
    user_id = user_of(tenant=tenant, identity=back.identity, now=utc_now())
    return _begin_session(back, user_id, tenant)


def _joined(back: _Return) -> HttpResponseBase:
    user_id = back.kept["user"]
    invited = get_user_model().objects.get(pk=user_id)
    tenant = join_by_identity(
        actor=actor_as(back.request, invited),
        token=back.kept["token"],
        identity=back.identity,
        now=utc_now(),
    )
    return _begin_session(back, user_id, tenant)


def _begin_session(back: _Return, user_id: int, tenant: int) -> HttpResponseBase:
    begin_session(back.request, user_id, tenant)
    return HttpResponseRedirect(back.kept["next"])


def _linked(back: _Return) -> HttpResponseBase:
    request = back.request
    if not request.user.is_authenticated or request.user.pk != back.kept["user"]:
        raise SignOnLate
    link_identity(
        actor=actor_of(request),
        tenant=back.kept["tenant"],
        identity=back.identity,
        now=utc_now(),
    )
    text = _("Your account at %(host)s is linked. You can sign in with it from now on.")
    messages.success(request, text % {"host": back.identity.host})
    return redirect("security")


def _confirmed(back: _Return) -> HttpResponseBase:
    request, tenant = back.request, back.kept["tenant"]
    if not request.user.is_authenticated or bound_tenant(request) != tenant:
        raise SignOnLate
    if user_of(tenant=tenant, identity=back.identity, now=utc_now()) != request.user.pk:
        raise NotLinked(back.identity.host)
    note_proof(request, by_provider=True)
    return HttpResponseRedirect(back.kept["next"])


_ENDS = {SIGN_IN: _signed_in, JOIN: _joined, LINK: _linked, CONFIRM: _confirmed}


def _to_provider(
    request: HttpRequest, tenant: str, purpose: str, *, is_anew: bool = False, **more: object
) -> HttpResponseBase:
    entrance = _entrance(tenant)
    if entrance is None:
        return redirect(f"{reverse('organisation')}?{urlencode({'customer_id': tenant})}")
    question = begin_sign_on(
        entrance=entrance,
        redirect_uri=callback_address(),
        now=utc_now(),
        is_anew=is_anew,
    )
    way = safe_way(request, request.GET.get("next", ""))
    remember(request, question, purpose=purpose, next=way, **more)
    response = HttpResponseRedirect(question.url)
    response["Cache-Control"] = "no-store"
    return response


def _of(customer_id: str) -> Entrance:
    entrance = _entrance(customer_id)
    if entrance is None:
        raise NotFound
    return entrance


def _entrance(customer_id: str) -> Entrance | None:
    tenant = find_tenant(customer_id.strip().upper())
    return find_entrance(tenant.id) if tenant else None


BASE = "account/organisation/"
urlpatterns = [
    path(BASE, organisation, name="organisation"),
    path(f"{BASE}callback/", sign_on_callback, name="sign_on_callback"),
    path(f"{BASE}join/<str:token>/", sign_on_join, name="sign_on_join"),
    path(f"{BASE}<str:tenant>/start/", sign_on_start, name="sign_on_start"),
    path(f"{BASE}<str:tenant>/confirm/", sign_on_confirm, name="sign_on_confirm"),
    path(f"{BASE}<str:tenant>/link/", sign_on_link, name="sign_on_link"),
    path(f"{BASE}<str:tenant>/unlink/", sign_on_unlink, name="sign_on_unlink"),
]
