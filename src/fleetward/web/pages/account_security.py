"""Account > Security: how the reader signs in, and with which second proof."""

from __future__ import annotations

import io
from typing import Any, cast

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.identity.passkeys.contracts import NAME_CHARACTERS
from fleetward.identity.passkeys.queries import list_passkeys
from fleetward.identity.second_factor.actions import (
    new_app_secret,
    remove_app,
    renew_recovery_codes,
    set_up_app,
)
from fleetward.identity.second_factor.contracts import CODES, WrongCode
from fleetward.identity.second_factor.queries import app_link, reads_like_codes, second_factors
from fleetward.infra.brief_seals import open_briefly, seal_briefly
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.sign_on.queries import list_entrances
from fleetward.web.door import actor_of
from fleetward.web.errors import in_a_line
from fleetward.web.once import keep_once, taken_once
from fleetward.web.render import render_plain
from fleetward.web.step_up import confirmed

NEW_SECRET = "new_app_secret"  # noqa: S105
CODES_ABOUT = "recovery codes"


class FirstCodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text=gettext_lazy("The six digits that your app shows now."),
    )


@login_required
def security(request: HttpRequest) -> HttpResponseBase:
    """What the reader has set up."""
    user = cast(Any, request.user)
    context = {
        "passkeys": list_passkeys(user.pk),
        "entrances": list_entrances(actor=actor_of(request)),
        "passkey_characters": NAME_CHARACTERS,
        "factors": second_factors(user.pk),
        "most_codes": CODES,
        "has_password": user.has_usable_password(),
    }
    return render_plain(request, "account/security.html", title=_("Security"), context=context)


@login_required
@confirmed("security")
def app_new(request: HttpRequest) -> HttpResponseBase:
    """Show a secret to an app; a first code of it sets it up."""
    user = cast(Any, request.user)
    if second_factors(user.pk).has_app:
        return redirect("security")
    secret, form = _secret_of(request), FirstCodeForm(request.POST or None)
    if form.is_valid():
        try:
            codes = set_up_app(
                actor=actor_of(request),
                secret=secret,
                code=form.cleaned_data["code"],
                now=utc_now(),
            )
        except WrongCode as error:
            form.add_error("code", in_a_line(error))
        else:
            del request.session[NEW_SECRET]
            messages.success(request, _("Sign-in asks for a code of your app from now on."))
            return to_codes(request, codes) if codes else redirect("security")
    picture = _picture(app_link(secret, account=user.email))
    context = {"form": form, "picture": picture, "secret": secret}
    title = _("Set up an authenticator app")
    return render_plain(request, "account/app_new.html", title=title, context=context)


@login_required
@require_POST
@confirmed("security")
def app_remove(request: HttpRequest) -> HttpResponseBase:
    """Sign in without codes again."""
    try:
        remove_app(actor=actor_of(request))
    except NotFound:
        # Another page of the same user was first.
        return redirect("security")
    messages.success(request, _("Sign-in asks for no code any more."))
    return redirect("security")


@login_required
@confirmed("security")
def recovery_codes(request: HttpRequest) -> HttpResponseBase:
    """Show codes that were just made, this once; make others when that is sent."""
    if request.method == "POST":
        try:
            made = renew_recovery_codes(actor=actor_of(request), now=utc_now())
        except NotFound:
            return redirect("security")
        return to_codes(request, made)
    codes = taken_once(request, CODES_ABOUT, owner=_owner(request))
    if not codes:
        return redirect("security")
    return render_plain(
        request,
        "account/recovery_codes.html",
        title=_("Recovery codes"),
        context={"codes": codes.split(), "text": codes},
    )


@login_required
@require_POST
def recovery_codes_file(request: HttpRequest) -> HttpResponseBase:
    """The codes of the page as a file. The page sends them along, since nobody keeps them."""
    codes = request.POST.get("codes", "").split()
    if not reads_like_codes(codes):
        return redirect("security")
    lines = (f"Fleetward, {cast(Any, request.user).email}", "", *codes, "")
    answer = HttpResponse("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="fleetward-recovery-codes.txt"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def to_codes(request: HttpRequest, codes: list[str]) -> HttpResponseBase:
    """The page that shows them, once."""
    keep_once(request, CODES_ABOUT, "\n".join(codes), owner=_owner(request))
    return redirect("recovery_codes")


def _owner(request: HttpRequest) -> str:
    return f"user:{cast(Any, request.user).uid}"


def _secret_of(request: HttpRequest) -> str:
    """The secret that is being set up: the same when the page is loaded again, or after a code that
    was mistyped, since the app has it already."""
    where = {"tenant": _owner(request), "field": NEW_SECRET}
    secret = open_briefly(request.session.get(NEW_SECRET, ""), **where)
    if not secret:
        secret = new_app_secret()
        request.session[NEW_SECRET] = seal_briefly(secret, **where)
    return secret


def _picture(address: str) -> SafeString:
    """A QR code as SVG; its border belongs to it, and dark on white is what cameras expect."""
    drawn = io.BytesIO()
    segno.make_qr(address, error="m").save(
        drawn,
        kind="svg",
        scale=5,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgclass="fw-qr",
        lineclass=None,
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308 - drawn by us, holds no text


BASE = "account/security/"
urlpatterns = [
    path(BASE, security, name="security"),
    path(f"{BASE}app/", app_new, name="app_new"),
    path(f"{BASE}app/remove/", app_remove, name="app_remove"),
    path(f"{BASE}recovery-codes/", recovery_codes, name="recovery_codes"),
    path(f"{BASE}recovery-codes/file/", recovery_codes_file, name="recovery_codes_file"),
]
