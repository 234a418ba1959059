"""Pages without a tenant: the way home, one's own profile, the first run of an installation."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.identity.actions import change_profile
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.tenancy.actions import add_member, create_tenant
from fleetward.tenancy.contracts import Role, TenantKind, TenantSettings
from fleetward.tenancy.queries import count_tenants, list_tenants
from fleetward.tenancy.sign_on.contracts import NotByProvider
from fleetward.web.door import actor_of
from fleetward.web.errors import in_a_line
from fleetward.web.render import YEAR_SECONDS, render_plain
from fleetward.web.sign_on import has_own_proof

FIRST_RUN_LOCK = 7_302


class FirstRunForm(forms.Form):
    organisation = forms.CharField(label=gettext_lazy("Organisation"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("Your email address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 12 characters."),
    )


class ProfileForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[
            ("", gettext_lazy("As the tenant has set it")),
            ("en", "English"),
            ("fr", "Français"),
        ],
    )


def home(request: HttpRequest) -> HttpResponseBase:
    """To the first run, to sign-in, or to the dashboard of the tenant used latest; at first, to
    all customers of a partner.
    """
    if not request.user.is_authenticated:
        return redirect("first_run" if count_tenants() == 0 else "account_login")
    tenants = list_tenants(actor=actor_of(request))
    if not tenants:
        return render_plain(request, "account/no_tenant.html", title=_("No tenant"), status=403)
    latest = request.COOKIES.get("tenant")
    partners = (t for t in tenants if t.kind is TenantKind.PARTNER)
    chosen = next((t for t in tenants if t.customer_id == latest), next(partners, tenants[0]))
    return redirect("dashboard", customer_id=chosen.customer_id)


@login_required
def profile(request: HttpRequest) -> HttpResponseBase:
    """The reader's own name and language. Raises: NotByProvider."""
    user = cast(Any, request.user)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        if not has_own_proof(request):
            raise NotByProvider
        change_profile(actor=actor_of(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("profile")
    return render_plain(
        request, "account/profile.html", title=_("Your profile"), context={"form": form}
    )


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Choose the language of the pages; a signed-in reader's choice is kept, or this browser's
    where a tenant's provider vouches for them."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise NotFound
    if request.user.is_authenticated and has_own_proof(request):
        change_profile(actor=actor_of(request), language=chosen)
    back = request.POST.get("next", "/")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    response = redirect(back if is_ours else "/")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def first_run(request: HttpRequest) -> HttpResponseBase:
    """Make the first tenant with its administrator; there is no such page afterwards."""
    if count_tenants():
        raise NotFound
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _make_first(form)
        except DomainError as error:
            form.add_error(None, in_a_line(error))
        else:
            user = get_user_model().objects.get_by_natural_key(form.cleaned_data["email"])
            login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect("home")
    return render_plain(
        request,
        "account/first_run.html",
        title=_("Welcome to Fleetward"),
        context={"form": form},
    )


def _make_first(form: FirstRunForm) -> None:
    given, now = form.cleaned_data, utc_now()
    with transaction.atomic(), connection.cursor() as cursor:
        # Two people on the first-run page: one becomes the administrator.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_RUN_LOCK])
        if count_tenants():
            raise NotFound
        maker = system_actor("First run")
        # The language that this page was read in is that of the tenant to begin with.
        settled = TenantSettings(language=get_language() or "en")
        tenant = create_tenant(actor=maker, name=given["organisation"], settings=settled, now=now)
        add_member(
            actor=system_actor("First run", tenant.id),
            tenant=tenant.id,
            who=Newcomer(
                given["email"], given["name"], given["password"], has_chosen_password=True
            ),
            role=Role.IT_ADMIN,
            now=now,
        )


urlpatterns = [
    path("", home, name="home"),
    path("profile/", profile, name="profile"),
    path("language/", language, name="language"),
    path("first-run/", first_run, name="first_run"),
]
