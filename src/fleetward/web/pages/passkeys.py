"""Passkeys: made and removed under Account > Security, and used to sign in or to confirm."""

from __future__ import annotations

import uuid
from typing import Any, cast

from allauth.account.stages import LoginStageController
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.identity.passkeys.actions import (
    add_passkey,
    begin_passkey,
    begin_proof,
    prove_by_passkey,
    remove_passkey,
)
from fleetward.identity.passkeys.contracts import PasskeyRefused
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.web.door import actor_of
from fleetward.web.errors import in_a_line
from fleetward.web.pages.account_security import to_codes
from fleetward.web.passkeys import asked, site_of, taken
from fleetward.web.second_factor import SecondFactorStage
from fleetward.web.step_up import confirm_href, confirmed, note_proof, safe_way

MAKING, PROVING = "make", "prove"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_required
@require_POST
@confirmed("security")
def passkey_options(request: HttpRequest) -> HttpResponseBase:
    """What the script of the page asks the browser for, to make a passkey."""
    return asked(request, MAKING, begin_passkey(actor=actor_of(request), site=site_of(request)))


@login_required
@require_POST
@confirmed("security")
def passkey_add(request: HttpRequest) -> HttpResponseBase:
    """Keep what the browser has made; recovery codes are shown with the first."""
    try:
        codes = add_passkey(
            actor=actor_of(request),
            site=site_of(request),
            state=taken(request, MAKING),
            answer=request.POST.get("answer", ""),
            name=request.POST.get("name", ""),
            now=utc_now(),
        )
    except DomainError as error:
        messages.error(request, in_a_line(error))
        return redirect("security")
    messages.success(request, _("The passkey is kept. You can sign in with it from now on."))
    return to_codes(request, codes) if codes else redirect("security")


@login_required
@require_POST
@confirmed("security")
def passkey_remove(request: HttpRequest, uid: uuid.UUID) -> HttpResponseBase:
    """End a passkey."""
    try:
        remove_passkey(actor=actor_of(request), uid=uid)
    except NotFound:
        return redirect("security")
    messages.success(request, _("The passkey no longer works."))
    return redirect("security")


@require_POST
def proof_options(request: HttpRequest) -> HttpResponseBase:
    """What the script asks the browser for: to sign in, after the password, or to confirm."""
    challenge = begin_proof(site=site_of(request), user_id=_expected(request))
    return asked(request, PROVING, challenge)


@require_POST
def passkey_proof(request: HttpRequest) -> HttpResponseBase:
    """Let in, or on, whom the browser's answer proves."""
    try:
        if not ratelimit.consume(request, action="login"):
            raise PasskeyRefused
        user_id = prove_by_passkey(
            site=site_of(request),
            state=taken(request, PROVING),
            answer=request.POST.get("answer", ""),
            now=utc_now(),
            user_id=_expected(request),
        )
    except PasskeyRefused as error:
        messages.error(request, in_a_line(error))
        return redirect(_again(request))
    stage = _stage(request)
    if stage is not None:
        return cast(HttpResponseBase, stage.exit())
    if request.user.is_authenticated:
        note_proof(request)
    else:
        login(request, get_user_model().objects.get(pk=user_id), backend=BACKEND)
    return redirect(_next(request))


def _stage(request: HttpRequest) -> Any:
    """The sign-in that has seen the password and waits, if the page that sent this is its page."""
    if "second" not in request.POST or request.user.is_authenticated:
        return None
    return LoginStageController.enter(request, SecondFactorStage.key)


def _expected(request: HttpRequest) -> int | None:
    """The only user whose passkey will do; None for anybody's, who signs in by it alone."""
    if request.user.is_authenticated:
        return request.user.pk
    stage = _stage(request)
    if stage is not None:
        return int(stage.login.user.pk)
    if "second" in request.POST:
        # That sign-in has waited for too long: nobody's.
        raise PasskeyRefused
    return None


def _next(request: HttpRequest) -> str:
    return safe_way(request, request.POST.get("next", ""))


def _again(request: HttpRequest) -> str:
    """The page that has sent this."""
    if request.user.is_authenticated:
        return confirm_href(_next(request))
    if _stage(request) is not None:
        return reverse("second_factor")
    return f"{reverse('account_login')}?{urlencode({'next': _next(request)})}"


SECURITY = "account/security/passkeys/"
urlpatterns = [
    path("account/passkey/options/", proof_options, name="proof_options"),
    path("account/passkey/", passkey_proof, name="passkey_proof"),
    path(f"{SECURITY}options/", passkey_options, name="passkey_options"),
    path(SECURITY, passkey_add, name="passkey_add"),
    path(f"{SECURITY}<uuid:uid>/remove/", passkey_remove, name="passkey_remove"),
]
