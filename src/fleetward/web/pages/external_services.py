"""Settings > External services: credentials of vendors, their test and their health (W2, W3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.connections.contracts import (
    ConnectionRow,
    Limits,
    NotSetUp,
    SecretMissing,
    State,
)
from fleetward.connections.queries import find_connection, list_connections
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.contracts import SettingsOvertaken
from fleetward.warranty.actions.services import (
    check_external_service,
    discard_next_secret,
    remove_external_service,
    save_external_service,
    switch_external_service,
)
from fleetward.warranty.contracts import ProviderTraits, UnknownProvider
from fleetward.warranty.queries.providers import is_simulated, limits_of, providers
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Event, KeyValue, Tone
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.forms.external_services import ExternalServiceForm
from fleetward.web.render import render_page

STATES = {
    State.UNTESTED: (gettext_lazy("Not tested yet"), Tone.INFO, "info-circle"),
    State.OK: (gettext_lazy("Working"), Tone.GOOD, "circle-check"),
    State.SIGN_IN_NEEDED: (gettext_lazy("Sign-in needed"), Tone.BAD, "alert-circle"),
    State.CREDENTIALS_REFUSED: (gettext_lazy("Credentials refused"), Tone.BAD, "alert-circle"),
    State.FAILING: (gettext_lazy("Failing"), Tone.WARN, "alert-triangle"),
}
# From how many days before its end a secret is shown as a warning (W3).
SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class WaitingSecret:
    """A new secret that takes the old one's place once a test shows that it works (W3)."""

    expires_on: date | None
    tested_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """One provider: what it is, how it does, and its form."""

    key: str
    label: str
    documentation_url: str
    needs_credentials: bool
    is_set_up: bool
    is_enabled: bool
    is_simulated: bool
    badge: str
    trouble: str
    waiting: WaitingSecret | None
    facts: list[KeyValue]
    errors: list[Event]
    form: ExternalServiceForm
    is_open: bool

    @property
    def remove_id(self) -> str:
        return f"remove-{self.key}"

    @property
    def waiting_tone(self) -> Tone:
        return Tone.BAD if self.waiting and self.waiting.error else Tone.INFO


@tenant_page(Capability.SEE_CONNECTIONS, step_up="external_services")
def services(visit: Visit) -> HttpResponseBase:
    """Every provider with its connection, if there is one."""
    return _page(visit)


def _page(
    visit: Visit, posted: ExternalServiceForm | None = None, status: int = 200
) -> HttpResponseBase:
    stored = {
        row.provider: row for row in list_connections(actor=visit.actor, tenant=visit.tenant.id)
    }
    cards = [
        _card(visit, provider.traits, stored.get(key), posted)
        for key, provider in sorted(providers().items())
    ]
    return render_page(
        visit,
        "settings/external_services.html",
        title=_("External services"),
        nav="services",
        status=status,
        context={
            "cards": cards,
            "may_manage": visit.may(Capability.MANAGE_CONNECTIONS),
            "is_simulated": any(card.is_simulated for card in cards),
        },
    )


def _card(
    visit: Visit,
    traits: ProviderTraits,
    row: ConnectionRow | None,
    posted: ExternalServiceForm | None,
) -> ServiceCard:
    is_posted = posted is not None and posted.traits.key == traits.key
    form = posted if posted is not None and is_posted else ExternalServiceForm(traits, row)
    return ServiceCard(
        key=traits.key,
        label=traits.label,
        documentation_url=traits.documentation_url,
        needs_credentials=traits.needs_credentials,
        is_set_up=row is not None,
        is_enabled=row is not None and row.is_enabled,
        is_simulated=is_simulated(traits, row.simulated_at if row else ""),
        badge=badge_of(traits, row),
        trouble=trouble_of(row),
        waiting=_waiting(row),
        facts=_facts(traits, row, visit.today) if row else [],
        errors=[Event(_words(e.text), e.at, icon="alert-circle") for e in row.errors]
        if row
        else [],
        form=form,
        is_open=is_posted or bool(trouble_of(row)),
    )


def _words(text: str) -> str:
    """What a vendor said, or what our connector says in its place, in the reader's language."""
    return _(text) if text else ""


def trouble_of(row: ConnectionRow | None) -> str:
    is_fine = row is None or row.state in {State.OK, State.UNTESTED}
    return "" if row is None or is_fine else _words(row.state_text)


def _waiting(row: ConnectionRow | None) -> WaitingSecret | None:
    if row is None or not row.has_next_secret:
        return None
    return WaitingSecret(row.next_expires_on, row.next_tested_at, _words(row.next_error))


def badge_of(traits: ProviderTraits, row: ConnectionRow | None) -> str:
    if row is None:
        return cells.badge_html(_("Not set up"), Tone.QUIET, "plug-x")
    if not row.is_enabled:
        return cells.badge_html(_("Switched off"), Tone.QUIET, "player-pause")
    label, tone, icon = STATES[row.state]
    if row.state is State.CREDENTIALS_REFUSED and not traits.needs_credentials:
        return cells.badge_html(_("Access refused"), tone, icon)
    return cells.badge_html(label, tone, icon)


def _facts(traits: ProviderTraits, row: ConnectionRow, today: date) -> list[KeyValue]:
    facts = [
        KeyValue(_("Last success"), cells.moment_html(row.latest_success_at)),
        KeyValue(_("Last test"), cells.moment_html(row.tested_at)),
        KeyValue(_("Calls today"), number_text(row.used_today), quota_note(limits_of(traits))),
    ]
    if traits.needs_credentials:
        note = expiry_note(row.secret_expires_on, today)
        facts.append(KeyValue(_("Secret expires"), cells.day_html(row.secret_expires_on), note))
    return facts


def quota_note(limits: Limits) -> str:
    if limits.is_open:
        return _("no limit")
    known = (
        (limits.per_minute, _("at most %(calls)s a minute")),
        (limits.per_day, _("at most %(calls)s a day")),
    )
    return ", ".join(text % {"calls": number_text(calls)} for calls, text in known if calls)


def expiry_note(ends_on: date | None, today: date) -> str:
    if ends_on is None:
        return ""
    days = (ends_on - today).days
    if days < 0:
        return cells.badge_html(_("Expired"), Tone.BAD, "alert-circle")
    if days == 0:
        return cells.badge_html(_("today"), Tone.WARN, "clock")
    text = ngettext("in %(days)s day", "in %(days)s days", days) % {"days": number_text(days)}
    return cells.badge_html(text, Tone.WARN, "clock") if days <= SOON_DAYS else text


def _traits(key: str) -> ProviderTraits:
    found = providers().get(key)
    if found is None:
        raise UnknownProvider
    return found.traits


@require_POST
@tenant_page(Capability.MANAGE_CONNECTIONS, step_up="external_services")
def save(visit: Visit, provider: str) -> HttpResponseBase:
    """Store the credentials; a secret left empty is kept."""
    traits = _traits(provider)
    stored = find_connection(actor=visit.actor, tenant=visit.tenant.id, provider=provider)
    form = ExternalServiceForm(traits, stored, visit.request.POST)
    if not form.is_valid():
        return _page(visit, form, status=422)
    try:
        saved = save_external_service(
            actor=visit.actor,
            tenant=visit.tenant.id,
            provider=provider,
            form=form.given(),
            now=visit.now,
        )
    except SettingsOvertaken as error:
        return _overtaken(visit, form, error)
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return _page(visit, form, status=422)
    if saved.waits_for_test:
        text = _("%(service)s saved. The new secret is used once its test works.")
    elif traits.needs_credentials:
        text = _("%(service)s saved.")
    else:
        text = _("%(service)s is switched on.")
    messages.success(visit.request, text % {"service": traits.label})
    return _back(visit, provider)


def _overtaken(
    visit: Visit, form: ExternalServiceForm, error: SettingsOvertaken
) -> HttpResponseBase:
    """The form beside what somebody else has saved meanwhile; nothing is stored."""
    present = find_connection(actor=visit.actor, tenant=visit.tenant.id, provider=form.traits.key)
    if present is None:
        raise NotSetUp(form.traits.label)
    beside = form.beside(present, error.names)
    beside.add_error(None, in_a_line(error))
    return _page(visit, beside, status=409)


@require_POST
@tenant_page(Capability.MANAGE_CONNECTIONS)
def test(visit: Visit, provider: str) -> HttpResponseBase:
    """Test connection: a failure is told in the vendor's own words."""
    traits = _traits(provider)
    health = check_external_service(
        actor=visit.actor, tenant=visit.tenant.id, provider=provider, now=visit.now
    )
    if health.is_ok:
        messages.success(visit.request, _("%(service)s answers.") % {"service": traits.label})
    else:
        text = _("%(service)s does not accept this: %(words)s")
        words = {"service": traits.label, "words": _(health.text)}
        messages.error(visit.request, text % words)
    return _back(visit, provider)


@require_POST
@tenant_page(Capability.MANAGE_CONNECTIONS)
def switch(visit: Visit, provider: str) -> HttpResponseBase:
    """Use a service, or leave it be."""
    try:
        switch_external_service(
            actor=visit.actor,
            tenant=visit.tenant.id,
            provider=provider,
            is_enabled=visit.request.POST.get("is_enabled") == "1",
            now=visit.now,
        )
    except SecretMissing as error:
        messages.error(visit.request, in_a_line(error))
    return _back(visit, provider)


@require_POST
@tenant_page(Capability.MANAGE_CONNECTIONS, step_up="external_services")
def discard(visit: Visit, provider: str) -> HttpResponseBase:
    """Drop the secret that waits for its test; the one in use stays."""
    if discard_next_secret(
        actor=visit.actor, tenant=visit.tenant.id, provider=provider, now=visit.now
    ):
        text = _("The new secret of %(service)s is discarded. The one in use stays.")
        messages.success(visit.request, text % {"service": _traits(provider).label})
    return _back(visit, provider)


@require_POST
@tenant_page(Capability.MANAGE_CONNECTIONS, step_up="external_services")
def remove(visit: Visit, provider: str) -> HttpResponseBase:
    """Forget the credentials; what the vendor answered stays."""
    remove_external_service(
        actor=visit.actor, tenant=visit.tenant.id, provider=provider, now=visit.now
    )
    text = _("The credentials of %(service)s are removed.")
    messages.success(visit.request, text % {"service": _traits(provider).label})
    return _back(visit, provider)


def _back(visit: Visit, provider: str) -> HttpResponseBase:
    response = redirect("external_services", customer_id=visit.tenant.customer_id)
    response["Location"] += f"#{provider}"
    return response


BASE = "settings/external-services/"
urlpatterns = [
    path(BASE, services, name="external_services"),
    path(f"{BASE}<slug:provider>/", save, name="external_service_save"),
    path(f"{BASE}<slug:provider>/test/", test, name="external_service_test"),
    path(f"{BASE}<slug:provider>/switch/", switch, name="external_service_switch"),
    path(f"{BASE}<slug:provider>/discard/", discard, name="external_service_discard"),
    path(f"{BASE}<slug:provider>/remove/", remove, name="external_service_remove"),
]
