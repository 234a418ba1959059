"""Sign-up of a company: what it tells, the mail that proves the address, its first page (T13)."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fleetward.config.env import env
from fleetward.infra.jobs import enqueue
from fleetward.infra.requests import address_of
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.contracts import Company, Region
from fleetward.tenancy.sign_on.contracts import SignOnLate
from fleetward.tenancy.signing_up.actions import (
    ask_sign_up,
    begin_sign_up,
    finish_sign_up,
    provider_host,
    sign_up,
)
from fleetward.tenancy.signing_up.contracts import AddressKnown, Door, SignUpClosed, SignUpInput
from fleetward.tenancy.signing_up.queries import get_door, get_offer
from fleetward.web.errors import in_a_line
from fleetward.web.jobs import SIGN_UP_MAIL
from fleetward.web.pages.customers import REGIONS, NewCompanyForm
from fleetward.web.render import render_plain
from fleetward.web.sign_on import (
    answers_too_often,
    asks_too_often,
    begin_session,
    remember,
    remembered,
)
from fleetward.web.signing_up import is_open

ASKS_AN_HOUR = 20
GONE, TOO_MANY = 404, 429


class SignUpForm(NewCompanyForm):
    """The company, whoever signs it up, and the terms."""

    region = forms.ChoiceField(
        label=gettext_lazy("Region"),
        choices=list(REGIONS.items()),
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Choose where your company belongs. It can never be changed: a wrong region means to "
            "begin again with another tenant, and partners and support look for you in the wrong "
            "place."
        ),
    )
    person = forms.CharField(label=gettext_lazy("Your name"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("Your email address"), max_length=254, required=False
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    version = forms.CharField(widget=forms.HiddenInput)
    accepts = forms.BooleanField(label=gettext_lazy("I accept the terms for my company"))
    field_order = (*NewCompanyForm.field_order, "person", "email", "language", "version", "accepts")

    @property
    def told(self) -> SignUpInput:
        of = self.cleaned_data
        place = (of[name] for name in ("address", "city", "postal_code", "country", "phone"))
        return SignUpInput(
            of["name"],
            Company(*place),
            Region(of["region"]),
            of["person"],
            of["email"],
            of["language"],
            of["version"],
        )


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 12 characters."),
    )


def asking(request: HttpRequest) -> HttpResponseBase:
    """What a company tells. Whatever address it gives, the answer is the same."""
    if not is_open():
        return _closed(request)
    door = get_door()
    first = {"language": get_language() or "en", "version": door.terms_version}
    form = SignUpForm(request.POST or None, initial=first)
    goes_there = bool(provider_host()) and request.POST.get("how") == "provider"
    if request.method == "POST" and not goes_there and not request.POST.get("email"):
        form.add_error("email", _("Give the address to which the link goes."))
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, door)
    if asks_too_often(request, "sign-up", ASKS_AN_HOUR, seconds=3600):
        return render_plain(request, "429.html", title=_("Too many attempts"), status=TOO_MANY)
    try:
        if goes_there:
            return _to_provider(request, form.told)
        asked = ask_sign_up(told=form.told, now=utc_now())
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return _form_page(request, form, door)
    enqueue(SIGN_UP_MAIL, sign_up=asked)
    return redirect("sign_up_sent")


def _to_provider(request: HttpRequest, told: SignUpInput) -> HttpResponseBase:
    back = env().public_address(reverse("sign_up_back"))
    question = begin_sign_up(told=told, redirect_uri=back, now=utc_now())
    remember(request, question)
    response = HttpResponseRedirect(question.url)
    response["Cache-Control"] = "no-store"
    return response


def back_from_provider(request: HttpRequest) -> HttpResponseBase:
    """Who the provider says has come; with that the tenant is made."""
    try:
        # Each answer makes us call the provider, and a web worker waits meanwhile.
        if answers_too_often(request):
            raise SignOnLate
        given = {name: request.GET[name] for name in request.GET}
        made = finish_sign_up(
            actor=newcomer(request), kept=remembered(request), given=given, now=utc_now()
        )
    except DomainError as error:
        messages.error(request, in_a_line(error))
        return redirect("account_login" if isinstance(error, AddressKnown) else "sign_up")
    begin_session(request, made.user_id, made.tenant.id)
    return redirect("welcome", customer_id=made.tenant.customer_id)


def _closed(request: HttpRequest) -> HttpResponseBase:
    title = _("Sign-up is closed")
    return render_plain(request, "account/sign_up_closed.html", title=title, status=GONE)


def _form_page(request: HttpRequest, form: SignUpForm, door: Door) -> HttpResponseBase:
    if form.is_bound:
        # The terms that are shown are those that the next answer accepts.
        form.data = {**cast(Any, form.data).dict(), "version": door.terms_version}
    return render_plain(
        request,
        "account/sign_up.html",
        title=_("Sign up your company"),
        context={"form": form, "door": door, "host": provider_host()},
        status=422 if form.is_bound else 200,
    )


def sent(request: HttpRequest) -> HttpResponseBase:
    """Where the mail is."""
    return render_plain(request, "account/sign_up_sent.html", title=_("Look into your mail"))


def proven(request: HttpRequest, token: str) -> HttpResponseBase:
    """Behind the link of the mail: a password, and the tenant is made."""
    if not is_open():
        raise SignUpClosed
    offer, form = get_offer(token=token, now=utc_now()), PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            return _made(request, token, form.cleaned_data["password"])
        except DomainError as error:
            form.add_error(None, in_a_line(error))
    return render_plain(
        request,
        "account/sign_up_proven.html",
        title=_("Choose a password"),
        context={"form": form, "offer": offer, "region": REGIONS[offer.region]},
        status=422 if form.is_bound else 200,
    )


def _made(request: HttpRequest, token: str, password: str) -> HttpResponseBase:
    made = sign_up(actor=newcomer(request), token=token, password=password, now=utc_now())
    begin_session(request, made.user_id)
    return redirect("welcome", customer_id=made.tenant.customer_id)


def newcomer(request: HttpRequest) -> Actor:
    """Somebody without account, as the trail names them."""
    request_id = cast(Any, request).request_id
    return Actor(ActorKind.SYSTEM, "Sign-up", request_id=request_id, address=address_of(request))


urlpatterns = [
    path("signup/", asking, name="sign_up"),
    path("signup/sent/", sent, name="sign_up_sent"),
    path("signup/provider/callback/", back_from_provider, name="sign_up_back"),
    path("signup/<str:token>/", proven, name="sign_up_proven"),
]
