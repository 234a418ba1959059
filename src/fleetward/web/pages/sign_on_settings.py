"""Settings > Sign-in: the tenant's own identity provider, and whether passwords let in as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.core.validators import URLValidator
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import DomainError, Forbidden, NotFound
from fleetward.tenancy.sign_on.actions import (
    allow_passwords,
    read_again,
    refuse_passwords,
    remove_provider,
    save_provider,
    switch_provider,
)
from fleetward.tenancy.sign_on.contracts import ProviderInput, ProviderRow
from fleetward.tenancy.sign_on.queries import find_provider
from fleetward.web.components import cells
from fleetward.web.components.shapes import KeyValue, Tone
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_page
from fleetward.web.sign_on import bound_tenant, callback_address


class ProviderForm(forms.Form):
    issuer = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=500,
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=gettext_lazy(
            "As the provider's discovery document writes it, such as https://login.example.com."
        ),
    )
    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=255)
    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, row: ProviderRow | None, posted: QueryDict | None) -> None:
        known = {"issuer": row.issuer, "client_id": row.client_id} if row else {}
        super().__init__(posted, initial=known)
        if row:
            self.fields["secret"].help_text = gettext_lazy("Leave it empty to keep the stored one.")
        else:
            self.fields["secret"].required = True


@tenant_page(Capability.MANAGE_SETTINGS, step_up="sign_on")
def sign_on(visit: Visit) -> HttpResponseBase:
    """The provider, or the form for one."""
    row = find_provider(actor=visit.actor, tenant=visit.tenant.id)
    form = ProviderForm(row, visit.posted)
    if form.is_valid():
        given = form.cleaned_data
        try:
            save_provider(
                actor=visit.actor,
                tenant=visit.tenant.id,
                given=ProviderInput(given["issuer"], given["client_id"], given["secret"]),
                now=visit.now,
            )
        except (NotFound, Forbidden):
            raise
        except DomainError as error:
            form.add_error(None, in_a_line(error))
        else:
            messages.success(visit.request, _("The provider is saved."))
            return redirect("sign_on", customer_id=visit.tenant.customer_id)
    context = {
        "form": form,
        "row": row,
        "facts": _facts(row) if row else [],
        "badge": _badge(row) if row else "",
        "callback": callback_address(),
        "allows_passwords": visit.tenant.allows_passwords,
    }
    return render_page(
        visit,
        "settings/sign_on.html",
        title=_("Sign-in"),
        nav="sign_on",
        status=422 if form.errors else 200,
        context=context,
    )


def _facts(row: ProviderRow) -> list[KeyValue]:
    return [
        KeyValue(_("Issuer"), row.issuer),
        KeyValue(_("Last test"), cells.moment_html(row.tested_at), row.test_error),
        KeyValue(_("Linked users"), cells.number_text(row.linked)),
    ]


def _badge(row: ProviderRow) -> str:
    if row.test_error:
        return cells.badge_html(_("Failing"), Tone.WARN, "alert-triangle")
    if not row.is_enabled:
        return cells.badge_html(_("Switched off"), Tone.QUIET, "player-pause")
    return cells.badge_html(_("Enabled"), Tone.GOOD, "circle-check")


@require_POST
@tenant_page(Capability.MANAGE_SETTINGS, step_up="sign_on")
def sign_on_change(visit: Visit) -> HttpResponseBase:
    """Test, enable, disable, remove; allow passwords or refuse them."""
    does = _DOES.get(visit.request.POST.get("action", ""))
    try:
        if does is not None:
            does(visit)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        messages.error(visit.request, in_a_line(error))
    return redirect("sign_on", customer_id=visit.tenant.customer_id)


def _test(visit: Visit) -> None:
    problem = read_again(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    if problem:
        text = _("The provider cannot be used: %(problem)s") % {"problem": _(problem)}
        messages.error(visit.request, text)
    else:
        messages.success(visit.request, _("The provider answers."))


def _enable(visit: Visit) -> None:
    switch_provider(actor=visit.actor, tenant=visit.tenant.id, is_enabled=True)
    messages.success(visit.request, _("Users can link their accounts under Security now."))


def _disable(visit: Visit) -> None:
    switch_provider(actor=visit.actor, tenant=visit.tenant.id, is_enabled=False)
    messages.success(visit.request, _("Nobody comes in by the provider any more."))


def _remove(visit: Visit) -> None:
    remove_provider(actor=visit.actor, tenant=visit.tenant.id)
    messages.success(visit.request, _("The provider and all links to it are removed."))


def _allow(visit: Visit) -> None:
    allow_passwords(actor=visit.actor, tenant=visit.tenant.id)
    messages.success(visit.request, _("Passwords let into this tenant again."))


def _refuse(visit: Visit) -> None:
    refuse_passwords(actor=visit.actor, tenant=visit.tenant.id, came_by=bound_tenant(visit.request))
    messages.success(visit.request, _("The provider is the only way into this tenant now."))


_DOES: Mapping[str, Callable[[Visit], None]] = {
    "test": _test,
    "enable": _enable,
    "disable": _disable,
    "remove": _remove,
    "allow": _allow,
    "refuse": _refuse,
}

urlpatterns = [
    path("settings/sign-in/", sign_on, name="sign_on"),
    path("settings/sign-in/change/", sign_on_change, name="sign_on_change"),
]
