"""Settings > API tokens: a user's own tokens for one tenant."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.identity.actions import issue_token, revoke_token
from fleetward.identity.queries import list_tokens
from fleetward.web.door import Visit, tenant_page
from fleetward.web.render import render_page

LIFETIMES = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("1 year")),
    ("0", gettext_lazy("Until revoked")),
]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("What it is for, such as “Nightly report”."),
    )
    days = forms.ChoiceField(label=gettext_lazy("Valid for"), choices=LIFETIMES, initial="90")


@tenant_page(Capability.ISSUE_TOKENS, step_up="tokens")
def tokens(visit: Visit) -> HttpResponseBase:
    """List the actor's tokens; make one, which is shown this once."""
    if visit.request.method != "POST":
        return _page(visit, TokenForm())
    form = TokenForm(visit.request.POST)
    if not form.is_valid() or visit.actor.user_id is None:
        return _page(visit, form, status=422)
    made = issue_token(
        actor=visit.actor,
        user_id=visit.actor.user_id,
        tenant=visit.tenant.id,
        name=form.cleaned_data["name"],
        days=int(form.cleaned_data["days"]) or None,
        now=visit.now,
    )
    return _page(visit, TokenForm(), made=made)


def _page(visit: Visit, form: TokenForm, *, made: str = "", status: int = 200) -> HttpResponseBase:
    return render_page(
        visit,
        "settings/tokens.html",
        title=_("API tokens"),
        nav="tokens",
        status=status,
        context={
            "form": form,
            "made": made,
            "tokens": list_tokens(actor=visit.actor, tenant=visit.tenant.id, now=visit.now),
        },
    )


@require_POST
@tenant_page(Capability.ISSUE_TOKENS)
def revoke(visit: Visit, uid: str) -> HttpResponseBase:
    """End a token at once."""
    revoke_token(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    messages.success(visit.request, _("The token no longer works."))
    return redirect("tokens", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("settings/tokens/", tokens, name="tokens"),
    path("settings/tokens/<uuid:uid>/revoke/", revoke, name="token_revoke"),
]
