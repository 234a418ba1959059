"""Proving who one is: the code at sign-in, and again before secrets and rights (`web.step_up`)."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.internal.decorators import login_stage_required
from allauth.core import ratelimit
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.identity.second_factor.queries import second_factors
from fleetward.tenancy.sign_on.contracts import Entrance
from fleetward.tenancy.sign_on.queries import find_entrance
from fleetward.web.render import render_plain
from fleetward.web.second_factor import CodeForm, SecondFactorStage
from fleetward.web.sign_on import bound_tenant
from fleetward.web.step_up import note_proof, safe_way


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *given: Any) -> None:
        super().__init__(*given)
        self._request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user = cast(Any, self._request.user)
        if not ratelimit.consume(self._request, action="reauthenticate", user=user):
            raise forms.ValidationError(_("Too many wrong passwords. Wait a minute."))
        if not user.check_password(password):
            raise forms.ValidationError(_("This is not your password."))
        return password


_after_password = login_stage_required(
    stage=SecondFactorStage.key, redirect_urlname="account_login"
)


@_after_password  # type: ignore[untyped-decorator]
def second_factor(request: HttpRequest) -> HttpResponseBase:
    """After the password: a code, and the session begins."""
    stage = cast(Any, request)._login_stage
    form = CodeForm(request, stage.login.user, request.POST or None)
    has_passkey = second_factors(stage.login.user.pk).passkeys > 0
    if form.is_valid():
        return cast(HttpResponseBase, stage.exit())
    return render_plain(
        request,
        "account/code.html",
        title=_("Second proof"),
        context={"form": form, "has_passkey": has_passkey},
    )


@login_required
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Confirm that it is you, by one of the ways that this user has."""
    user, back = cast(Any, request.user), safe_way(request, request.GET.get("next", ""))
    code, password = (
        request.POST if name in request.POST else None for name in ("code", "password")
    )
    ways: dict[str, forms.Form] = {}
    factors = second_factors(user.pk)
    if factors.is_asked:
        ways["code_form"] = CodeForm(request, user, code)
    if user.has_usable_password():
        ways["password_form"] = PasswordForm(request, password)
    if any(form.is_valid() for form in ways.values()):
        note_proof(request)
        return redirect(back)
    title = _("Confirm that it is you")
    context = {
        **ways,
        "has_passkey": factors.passkeys > 0,
        "next": back,
        "entrance": _entrance(request, back),
        "has_way": bool(ways),
    }
    return render_plain(request, "account/reauthenticate.html", title=title, context=context)


def _entrance(request: HttpRequest, back: str) -> Entrance | None:
    """The provider that vouches for this session; not before pages of one's own."""
    bound = bound_tenant(request)
    is_own = back.startswith(reverse("security"))
    return None if bound is None or is_own else find_entrance(bound)


urlpatterns = [
    path("account/code/", second_factor, name="second_factor"),
    path("account/reauthenticate/", confirm, name="account_reauthenticate"),
]
