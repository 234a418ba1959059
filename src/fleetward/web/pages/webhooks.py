"""Settings > Webhooks: receivers of what happens in the tenant, and what was sent to each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.http import Failure
from fleetward.kernel.errors import ChangedMeanwhile
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
    SecretStillChanging,
    TooManyWebhooks,
    WebhookInput,
    WebhookRow,
)
from fleetward.web.components.shapes import Crumb, Tab, Tone
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.once import show_once, shown_once
from fleetward.web.pages.seen import behind, seen_by
from fleetward.web.render import render_page

EVERYTHING, REMINDERS, CHOSEN = "all", "reminders", "chosen"
ALL_KINDS = gettext_lazy("Everything that concerns the whole tenant")
ONLY_REMINDERS = gettext_lazy("Reminders of the end of coverage")
REMINDER_KINDS: tuple[Kind, ...] = (Kind.COVERAGE_ENDS,)
STATES = {
    DeliveryState.PENDING: (gettext_lazy("Under way"), Tone.INFO, "clock"),
    DeliveryState.DELIVERED: (gettext_lazy("Delivered"), Tone.GOOD, "circle-check"),
    DeliveryState.FAILED: (gettext_lazy("Given up"), Tone.BAD, "alert-triangle"),
}
_STATE_NAMES = {str(state): state for state in STATES}
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
    """A receiver. Programs choose among all kinds over the API; such a choice can be kept."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_CHARACTERS)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=URL_CHARACTERS,
        help_text=gettext_lazy("It begins with https:// and takes what is posted to it."),
    )
    what = forms.ChoiceField(
        label=gettext_lazy("What is sent"),
        choices=[(REMINDERS, ONLY_REMINDERS), (EVERYTHING, ALL_KINDS)],
        help_text=gettext_lazy(
            "Nothing that concerns one person alone, such as own imports and exports."
        ),
    )

    def __init__(self, posted: QueryDict | None = None, row: WebhookRow | None = None) -> None:
        self.kinds = row.kinds if row else ()
        what = {(): EVERYTHING, REMINDER_KINDS: REMINDERS}.get(self.kinds, CHOSEN)
        known = {"name": row.name, "url": row.url, "what": what} if row else {}
        super().__init__(posted, initial=known)
        if row and what == CHOSEN:
            field = cast(forms.ChoiceField, self.fields["what"])
            field.choices = [(CHOSEN, _what(row)), *cast(list[Any], field.choices)]

    @property
    def given(self) -> WebhookInput:
        given = self.cleaned_data
        kinds = {REMINDERS: REMINDER_KINDS, EVERYTHING: (), CHOSEN: self.kinds}[given["what"]]
        return WebhookInput(given["name"], given["url"], kinds)

    def refuse(self, error: BadWebhook) -> None:
        self.add_error(error.field if error.field in self.fields else None, in_a_line(error))


@tenant_page(Capability.MANAGE_SETTINGS, step_up="webhooks")
def webhooks(visit: Visit) -> HttpResponseBase:
    """The receivers of the tenant; add one, whose own page shows its secret this once."""
    form = WebhookForm(visit.posted)
    if form.is_valid():
        try:
            return _added(visit, form)
        except BadWebhook as error:
            form.refuse(error)
        except TooManyWebhooks as error:
            form.add_error(None, in_a_line(error))
    page = queries.list_webhooks(actor=visit.actor, tenant=visit.tenant.id, limit=MOST_WEBHOOKS)
    return render_page(
        visit,
        "settings/webhooks.html",
        title=_("Webhooks"),
        nav="webhooks",
        status=422 if form.errors else 200,
        context={
            "form": form,
            # The form's own key: a second click on the button adds nothing.
            "request_key": uuid.uuid4(),
            "webhooks": [(row, _what(row)) for row in page.rows],
        },
    )


def _added(visit: Visit, form: WebhookForm) -> HttpResponseBase:
    made = actions.add_webhook(
        actor=visit.actor,
        tenant=visit.tenant.id,
        webhook=form.given,
        now=visit.now,
        form=_read_key(visit.request.POST.get("request_key", "")),
    )
    if made.secret:
        show_once(visit, _about(made.webhook), made.secret)
    return _to(visit, made.webhook)


def _read_key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _about(uid: uuid.UUID) -> str:
    return f"webhook {uid}"


def _to(visit: Visit, uid: uuid.UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("webhook", args=[visit.tenant.customer_id, uid]))


def _what(row: WebhookRow) -> str:
    if not row.kinds:
        return str(ALL_KINDS)
    if row.kinds == REMINDER_KINDS:
        return str(ONLY_REMINDERS)
    kinds = len(row.kinds)
    return ngettext("%(n)s kind of notifications", "%(n)s kinds of notifications", kinds) % {
        "n": kinds
    }


@tenant_page(Capability.MANAGE_SETTINGS, step_up="webhooks")
def webhook(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """What was sent to a receiver; try it, switch it, give it another secret, delete it."""
    if visit.request.method == "POST":
        asked = visit.request.POST.get("action", "")
        if asked == "rotate":
            return _rotated(visit, uid)
        if asked in _DOES:
            messages.success(visit.request, _DOES[asked](visit, uid))
            if asked == "delete":
                return redirect("webhooks", customer_id=visit.tenant.customer_id)
            return _to(visit, uid)
    return _page(visit, uid)


def _rotated(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """To the page that shows the new secret; of a second click too, which makes none."""
    try:
        made = actions.rotate_secret(
            actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now
        )
    except SecretStillChanging as error:
        messages.warning(visit.request, in_a_line(error))
    else:
        show_once(visit, _about(uid), made.secret)
    return _to(visit, uid)


def _page(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    row = queries.get_webhook(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    state = _STATE_NAMES.get(visit.request.GET.get("state", ""))
    page = queries.list_deliveries(
        actor=visit.actor,
        tenant=visit.tenant.id,
        webhook=uid,
        state=state,
        cursor=visit.request.GET.get("after"),
    )
    return render_page(
        visit,
        "settings/webhook.html",
        title=row.name,
        nav="webhooks",
        crumbs=[_crumb(visit)],
        context={
            "row": row,
            "what": _what(row),
            "secret": shown_once(visit, _about(uid)),
            "earlier_until": row.earlier_signs_until(visit.now),
            "tabs": _tabs(state),
            "state": state,
            "deliveries": [_line(one) for one in page.rows],
            "after": page.after,
        },
    )


def _crumb(visit: Visit) -> Crumb:
    return Crumb(_("Webhooks"), reverse("webhooks", args=[visit.tenant.customer_id]))


def _tabs(chosen: DeliveryState | None) -> list[Tab]:
    """All deliveries, or those of one state."""
    return [
        Tab(_("All deliveries"), "?", chosen is None),
        *(Tab(str(STATES[one][0]), f"?state={one}", one is chosen) for one in STATES),
    ]


@tenant_page(Capability.MANAGE_SETTINGS, step_up="webhooks", asks_first=True)
def edit(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Give a receiver another name or address, or send it something else."""
    row = queries.get_webhook(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    form, seen = WebhookForm(visit.posted, row), seen_by(visit, row.updated_at)
    if form.is_valid():
        try:
            return _changed(visit, row, form, seen.moment)
        except BadWebhook as error:
            form.refuse(error)
        except ChangedMeanwhile as error:
            seen = behind(visit, form, error, row.updated_at)
    return render_page(
        visit,
        "settings/webhook_form.html",
        title=_("Edit webhook"),
        nav="webhooks",
        crumbs=[_crumb(visit), Crumb(row.name, _to(visit, uid).url)],
        status=seen.status_of(form),
        context={"form": form, "row": row, "seen": seen},
    )


def _changed(
    visit: Visit, row: WebhookRow, form: WebhookForm, seen: datetime | None
) -> HttpResponseBase:
    is_changed = actions.change_webhook(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=row.uid,
        changes={name: value for name, value in asdict(form.given).items() if name != "is_enabled"},
        now=visit.now,
        seen=seen,
    )
    messages.success(visit.request, _("Saved.") if is_changed else _("Nothing has changed."))
    return _to(visit, row.uid)


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
    return _to(visit, uid)


urlpatterns = [
    path("settings/webhooks/", webhooks, name="webhooks"),
    path("settings/webhooks/<uuid:uid>/", webhook, name="webhook"),
    path("settings/webhooks/<uuid:uid>/edit/", edit, name="webhook_edit"),
    path(
        "settings/webhooks/<uuid:uid>/deliveries/<uuid:delivery_id>/replay/",
        replay,
        name="webhook_replay",
    ),
]
