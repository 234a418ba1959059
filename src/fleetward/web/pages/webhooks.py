"""Settings > Webhooks: receivers of what the bell shows, and what was sent to each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.http import Failure
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.webhooks import actions, queries
from fleetward.notifications.webhooks.contracts import (
    BROKEN,
    CLOSED,
    MOST_WEBHOOKS,
    NAME_CHARACTERS,
    OFF,
    URL_CHARACTERS,
    BadWebhook,
    DeliveryRow,
    TooManyWebhooks,
    WebhookInput,
    WebhookRow,
)
from fleetward.web.components.shapes import Crumb, Tone
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_page

EVERYTHING, REMINDERS = "all", "reminders"
REMINDER_KINDS = (Kind.COVERAGE_ENDS,)
STATES = {
    DeliveryState.PENDING: (gettext_lazy("Under way"), Tone.INFO, "clock"),
    DeliveryState.DELIVERED: (gettext_lazy("Delivered"), Tone.GOOD, "circle-check"),
    DeliveryState.FAILED: (gettext_lazy("Given up"), Tone.BAD, "alert-triangle"),
}
# By what stands before the colon; what follows is in the words of the network.
REASONS = {
    Failure.TARGET_REFUSED: gettext_lazy("Such an address is not called"),
    Failure.UNREACHABLE: gettext_lazy("The receiver cannot be reached"),
    Failure.TIMED_OUT: gettext_lazy("No answer in time"),
    Failure.TOO_BIG: gettext_lazy("The answer is too large"),
    Failure.BROKEN: gettext_lazy("The answer cannot be read"),
    OFF: gettext_lazy("The webhook was switched off"),
    CLOSED: gettext_lazy("Its secret cannot be opened. Make a new one."),
    BROKEN: gettext_lazy("An error on our server"),
}


class WebhookForm(forms.Form):
    """A new receiver. Programs choose among all kinds over the API."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_CHARACTERS)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=URL_CHARACTERS,
        help_text=gettext_lazy("It begins with https:// and takes what is posted to it."),
    )
    what = forms.ChoiceField(
        label=gettext_lazy("What is sent"),
        choices=[
            (REMINDERS, gettext_lazy("Reminders of the end of coverage")),
            (EVERYTHING, gettext_lazy("Everything that the bell shows")),
        ],
    )

    def to_add(self) -> WebhookInput:
        given = self.cleaned_data
        kinds = REMINDER_KINDS if given["what"] == REMINDERS else ()
        return WebhookInput(given["name"], given["url"], kinds)


@tenant_page(Capability.MANAGE_SETTINGS, step_up="webhooks")
def webhooks(visit: Visit) -> HttpResponseBase:
    """The receivers of the tenant; add one, whose secret is shown this once."""
    form, secret = WebhookForm(visit.posted), ""
    if form.is_valid():
        try:
            secret = actions.add_webhook(
                actor=visit.actor, tenant=visit.tenant.id, webhook=form.to_add(), now=visit.now
            ).secret
        except BadWebhook as error:
            form.add_error(error.field, in_a_line(error))
        except TooManyWebhooks as error:
            form.add_error(None, in_a_line(error))
        else:
            form = WebhookForm()
    page = queries.list_webhooks(actor=visit.actor, tenant=visit.tenant.id, limit=MOST_WEBHOOKS)
    return render_page(
        visit,
        "settings/webhooks.html",
        title=_("Webhooks"),
        nav="webhooks",
        status=422 if form.errors else 200,
        context={
            "form": form,
            "secret": secret,
            "webhooks": [(row, _what(row)) for row in page.rows],
        },
    )


def _what(row: WebhookRow) -> str:
    if not row.kinds:
        return _("Everything that the bell shows")
    if row.kinds == REMINDER_KINDS:
        return _("Reminders of the end of coverage")
    kinds = len(row.kinds)
    return ngettext("%(n)s kind of notifications", "%(n)s kinds of notifications", kinds) % {
        "n": kinds
    }


@tenant_page(Capability.MANAGE_SETTINGS, step_up="webhooks")
def webhook(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """What was sent to a receiver; try it, switch it, give it another secret, delete it."""
    secret = ""
    if visit.request.method == "POST":
        asked = visit.request.POST.get("action", "")
        if asked == "rotate":
            made = actions.rotate_secret(
                actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now
            )
            secret = made.secret
        elif asked in _DOES:
            messages.success(visit.request, _DOES[asked](visit, uid))
            if asked == "delete":
                return redirect("webhooks", customer_id=visit.tenant.customer_id)
            return redirect("webhook", customer_id=visit.tenant.customer_id, uid=uid)
    return _page(visit, uid, secret)


def _page(visit: Visit, uid: uuid.UUID, secret: str) -> HttpResponseBase:
    row = queries.get_webhook(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    page = queries.list_deliveries(
        actor=visit.actor,
        tenant=visit.tenant.id,
        webhook=uid,
        cursor=visit.request.GET.get("after"),
    )
    return render_page(
        visit,
        "settings/webhook.html",
        title=row.name,
        nav="webhooks",
        crumbs=[Crumb(_("Webhooks"), reverse("webhooks", args=[visit.tenant.customer_id]))],
        context={
            "row": row,
            "what": _what(row),
            "secret": secret,
            "deliveries": [_line(one) for one in page.rows],
            "after": page.after,
        },
    )


def _line(row: DeliveryRow) -> Mapping[str, object]:
    label, tone, icon = STATES[row.state]
    code, _colon, detail = row.error.partition(": ")
    told = REASONS.get(code, code) or (f"HTTP {row.status}" if row.status else "")
    shown = {"label": label, "tone": str(tone), "icon": icon}
    return {"row": row, **shown, "told": told, "detail": detail}


def _try(visit: Visit, uid: uuid.UUID) -> str:
    actions.try_webhook(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    return _("A test is sent. Reload the page to see what became of it.")


def _switch(visit: Visit, uid: uuid.UUID, *, is_enabled: bool) -> None:
    actions.change_webhook(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=uid,
        changes={"is_enabled": is_enabled},
        now=visit.now,
    )


def _switch_on(visit: Visit, uid: uuid.UUID) -> str:
    _switch(visit, uid, is_enabled=True)
    return _("The webhook is switched on.")


def _switch_off(visit: Visit, uid: uuid.UUID) -> str:
    _switch(visit, uid, is_enabled=False)
    return _("The webhook is switched off.")


def _delete(visit: Visit, uid: uuid.UUID) -> str:
    actions.remove_webhook(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    return _("The webhook is deleted.")


_DOES: Mapping[str, Callable[[Visit, uuid.UUID], str]] = {
    "try": _try,
    "on": _switch_on,
    "off": _switch_off,
    "delete": _delete,
}


@require_POST
@tenant_page(Capability.MANAGE_SETTINGS)
def replay(visit: Visit, uid: uuid.UUID, delivery_id: uuid.UUID) -> HttpResponseBase:
    """Send a delivery once more."""
    actions.replay(
        actor=visit.actor, tenant=visit.tenant.id, webhook=uid, uid=delivery_id, now=visit.now
    )
    messages.success(visit.request, _("It is sent once more."))
    return redirect("webhook", customer_id=visit.tenant.customer_id, uid=uid)


urlpatterns = [
    path("settings/webhooks/", webhooks, name="webhooks"),
    path("settings/webhooks/<uuid:uid>/", webhook, name="webhook"),
    path(
        "settings/webhooks/<uuid:uid>/deliveries/<uuid:delivery_id>/replay/",
        replay,
        name="webhook_replay",
    ),
]
