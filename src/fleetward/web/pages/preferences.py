"""Settings > Preferences: how machines enrol themselves into the tenant (E7)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.agents.actions import make_pin, revoke_pin
from fleetward.agents.contracts import MOST_DAYS, MOST_USES, PinRow, PinState, PinTerms, PinUse
from fleetward.agents.queries import list_pins, list_uses
from fleetward.web.components import cells
from fleetward.web.components.shapes import KeyValue, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.once import show_once, shown_once
from fleetward.web.render import render_page

PIN = "enrolment pin"
STATES = {
    PinState.ALIVE: (pgettext_lazy("cPIN", "Enrols"), Tone.GOOD, "circle-check"),
    PinState.REVOKED: (pgettext_lazy("cPIN", "Revoked"), Tone.QUIET, "lock"),
    PinState.EXPIRED: (pgettext_lazy("cPIN", "Expired"), Tone.QUIET, "clock"),
    PinState.USED_UP: (pgettext_lazy("cPIN", "Used up"), Tone.QUIET, "circle-check"),
}


class PinForm(forms.Form):
    """How long a new PIN works, and for how many machines."""

    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("After so many days it enrols nothing more. Empty: until revoked."),
    )
    most_uses = forms.IntegerField(
        label=gettext_lazy("Enrolments"),
        required=False,
        min_value=1,
        max_value=MOST_USES,
        help_text=gettext_lazy("After so many it enrols nothing more. Empty: any number."),
    )


@tenant_page(Capability.MANAGE_ENROLMENT, step_up="preferences")
def preferences(visit: Visit) -> HttpResponseBase:
    """How machines enrol; make a cPIN, which the page shows this once."""
    form = PinForm(visit.posted)
    if form.is_valid():
        terms = PinTerms(form.cleaned_data["days"], form.cleaned_data["most_uses"])
        made = make_pin(actor=visit.actor, tenant=visit.tenant.id, terms=terms, now=visit.now)
        show_once(visit, PIN, made.pin)
        return redirect("preferences", customer_id=visit.tenant.customer_id)
    pins = list_pins(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    present = next((pin for pin in pins[:1] if pin.state is PinState.ALIVE), None)
    return render_page(
        visit,
        "settings/preferences.html",
        title=_("Preferences"),
        nav="preferences",
        status=422 if form.errors else 200,
        context={
            "form": form,
            "made": shown_once(visit, PIN),
            "facts": _facts(present) if present else (),
            "has_pin": present is not None,
            "uses": _uses(visit, list_uses(actor=visit.actor, tenant=visit.tenant.id)),
            "earlier": _table([pin for pin in pins if pin is not present]),
        },
    )


def _facts(pin: PinRow) -> tuple[KeyValue, ...]:
    uses = cells.number_text(pin.uses)
    most = pin.most_uses
    told = _("%(n)s of %(most)s") % {"n": uses, "most": cells.number_text(most or 0)}
    until = cells.moment_html(pin.expires_at) if pin.expires_at else _("until revoked")
    return (
        KeyValue(_("Made by"), pin.made_by, cells.moment_html(pin.made_at)),
        KeyValue(_("Enrols"), until),
        KeyValue(_("Enrolments"), told if most else uses),
        KeyValue(_("Last used"), cells.moment_html(pin.latest_use_at)),
    )


def _table(pins: list[PinRow]) -> Table | None:
    """Those that enrol no more; None without any."""
    if not pins:
        return None
    return Table(
        caption=_("Earlier PINs"),
        columns=(
            Column("made", _("Made"), "main"),
            Column("made_by", _("Made by"), "extra"),
            Column("state", _("Status")),
            Column("uses", _("Enrolments"), "num"),
            Column("used", _("Last used"), "extra"),
        ),
        rows=tuple(_row(pin) for pin in pins),
    )


def _uses(visit: Visit, uses: list[PinUse]) -> Table | None:
    """What was enrolled last; None without anything."""
    if not uses:
        return None
    return Table(
        caption=_("Enrolled last"),
        columns=(
            Column("device", _("Device"), "main"),
            Column("serial", _("Serial number")),
            Column("at", _("Enrolled")),
        ),
        rows=tuple(
            Row(
                key=str(use.device or ""),
                cells=(
                    _device(visit, use),
                    cells.code(use.serial),
                    cells.moment(use.at),
                ),
            )
            for use in uses
        ),
    )


def _device(visit: Visit, use: PinUse) -> cells.Cell:
    if use.device is None:
        return cells.text(_("waits: held elsewhere"))
    return cells.link(
        use.name or use.serial, f"/t/{visit.tenant.customer_id}/devices/{use.device}/"
    )


def _row(pin: PinRow) -> Row:
    return Row(
        key=str(pin.uid),
        cells=(
            cells.moment(pin.made_at),
            cells.text(pin.made_by),
            cells.badge(*STATES[pin.state]),
            cells.number(pin.uses),
            cells.moment(pin.latest_use_at),
        ),
    )


@require_POST
@tenant_page(Capability.MANAGE_ENROLMENT, step_up="preferences")
def pin_revoke(visit: Visit) -> HttpResponseBase:
    """Let the present PIN enrol nothing more."""
    if revoke_pin(actor=visit.actor, tenant=visit.tenant.id, now=visit.now):
        messages.success(visit.request, _("The cPIN enrols nothing more."))
    else:
        messages.warning(visit.request, _("There is no cPIN to revoke."))
    return redirect("preferences", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("settings/preferences/", preferences, name="preferences"),
    path("settings/preferences/pin/revoke/", pin_revoke, name="pin_revoke"),
]
