"""Settings > Preferences: how machines enrol themselves (E7, E9), and what they tell (E14)."""

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
from fleetward.agents.actions import make_pin, revoke_pin, set_domains, set_presence
from fleetward.agents.contracts import (
    MOST_DAYS,
    MOST_PRESENCE_DAYS,
    MOST_USES,
    BadDomain,
    EnrolmentSettings,
    PinRow,
    PinState,
    PinTerms,
    PinUse,
)
from fleetward.agents.queries import get_settings, list_pins, list_uses
from fleetward.web.components import cells
from fleetward.web.components.shapes import KeyValue, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
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


class DomainsForm(forms.Form):
    """From which domains machines enrol without a question."""

    domains = forms.CharField(
        label=gettext_lazy("Domains"),
        required=False,
        max_length=30_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "One in each line, such as acme.example, which stands for those below it too. Empty: "
            "nothing is compared."
        ),
    )


class PresenceForm(forms.Form):
    """Whether last signed-in users and locations are kept, and for how long."""

    collects_presence = forms.BooleanField(
        label=gettext_lazy("Collect last signed-in users and locations"),
        required=False,
        help_text=gettext_lazy("Off deletes at once what was collected."),
    )
    presence_days = forms.IntegerField(
        label=gettext_lazy("Kept for (days)"), min_value=1, max_value=MOST_PRESENCE_DAYS
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
    return _page(visit, form=form)


def _page(
    visit: Visit,
    *,
    form: PinForm | None = None,
    domains: DomainsForm | None = None,
    presence: PresenceForm | None = None,
) -> HttpResponseBase:
    """The page with a form as it was sent, or with what is set."""
    pins = list_pins(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    settings = get_settings(actor=visit.actor, tenant=visit.tenant.id)
    wrong = [one for one in (form, domains, presence) if one is not None and one.errors]
    present = next((pin for pin in pins[:1] if pin.state is PinState.ALIVE), None)
    return render_page(
        visit,
        "settings/preferences.html",
        title=_("Preferences"),
        nav="preferences",
        status=422 if wrong else 200,
        context={
            "form": form or PinForm(),
            "domains": domains or DomainsForm(initial={"domains": "\n".join(settings.domains)}),
            "presence": presence or _presence(visit, settings),
            "made": shown_once(visit, PIN),
            "facts": _facts(present) if present else (),
            "has_pin": present is not None,
            "uses": _uses(visit, list_uses(actor=visit.actor, tenant=visit.tenant.id)),
            "earlier": _table([pin for pin in pins if pin is not present]),
        },
    )


def _presence(visit: Visit, settings: EnrolmentSettings) -> PresenceForm | None:
    """Only the tenant's own admin switches it on (E14)."""
    if not visit.may(Capability.MANAGE_SETTINGS):
        return None
    kept = {
        "collects_presence": settings.collects_presence,
        "presence_days": settings.presence_days,
    }
    return PresenceForm(initial=kept)


@require_POST
@tenant_page(Capability.MANAGE_ENROLMENT)
def preferences_domains(visit: Visit) -> HttpResponseBase:
    """List the domains from which machines enrol without a question (E9)."""
    form = DomainsForm(visit.posted)
    if form.is_valid():
        given = form.cleaned_data["domains"].split()
        try:
            set_domains(actor=visit.actor, tenant=visit.tenant.id, domains=given, now=visit.now)
        except BadDomain as error:
            form.add_error("domains", in_a_line(error))
    if form.errors:
        return _page(visit, domains=form)
    messages.success(visit.request, _("Saved."))
    return redirect("preferences", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.MANAGE_SETTINGS)
def preferences_presence(visit: Visit) -> HttpResponseBase:
    """Have last users and locations collected, or not any more (E14)."""
    form = PresenceForm(visit.posted)
    if not form.is_valid():
        return _page(visit, presence=form)
    set_presence(
        actor=visit.actor,
        tenant=visit.tenant.id,
        collects=form.cleaned_data["collects_presence"],
        days=form.cleaned_data["presence_days"],
        now=visit.now,
    )
    messages.success(visit.request, _("Saved."))
    return redirect("preferences", customer_id=visit.tenant.customer_id)


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
    path("settings/preferences/domains/", preferences_domains, name="preferences_domains"),
    path("settings/preferences/presence/", preferences_presence, name="preferences_presence"),
]
