"""Machines enrol themselves by a PIN (E7), and wait where somebody else holds them (T11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from fleetward.agents.actions import guesses
from fleetward.agents.actions.credentials import credential_of, issue
from fleetward.agents.actions.settings import note_presence
from fleetward.agents.actions.waiting import (
    hold,
    is_registered,
    keep_waiting,
    no_longer_waits,
    note_domain,
)
from fleetward.agents.contracts import (
    Ask,
    DomainNotListed,
    Enrolment,
    EnrolmentRefused,
    EnrolmentState,
    PinKind,
    PinLife,
    PinState,
)
from fleetward.agents.models import Agent, EnrolmentPin
from fleetward.agents.queries import settings_of
from fleetward.agents.rules import (
    credential_digest,
    is_listed,
    key_digest,
    pin_digest,
    read_pin,
    request_digest,
    state_of,
)
from fleetward.audit.actions import use_case
from fleetward.devices.contracts import BadDevice
from fleetward.infra import sql
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import KeyReused
from fleetward.tenancy.licences.queries import require_licence


def enrol(*, ask: Ask, now: datetime) -> Enrolment:
    """Enrol a machine into the tenant of its PIN, or let it wait there.

    Raises: EnrolmentRefused (unknown, old, revoked and used-up PINs and too many tries alike),
    DomainNotListed, LicenceSuspended, BadDevice, DevicesOvertaken, KeyReused.
    Audit: device.enrolled, or enrolment.held
    Repeat: the same key with the same machine gets the first answer, the credential too.
    """
    words = guesses.words_of(ask.address)
    if guesses.are_spent(words, now):
        raise EnrolmentRefused
    found = _find(ask.pin)
    if found is None:
        guesses.count(words, now)
        raise EnrolmentRefused
    pin, tenant = found
    words = guesses.words_of(ask.address, tenant)
    if guesses.are_spent(words, now):
        raise EnrolmentRefused
    actor = replace(
        system_actor("Enrolment by agent", tenant), request_id=ask.request_id, address=ask.address
    )
    try:
        return _enrolled(actor=actor, tenant=tenant, pin=pin, ask=ask, now=now)
    except EnrolmentRefused:
        guesses.count(words, now, tenant)
        raise
    except DomainNotListed:
        note_domain(actor=actor, tenant=tenant, ask=ask, now=now)
        if ask.is_attended:
            raise
    # Silent where nobody is there to be asked (E9); it guessed nothing.
    raise EnrolmentRefused


def locked() -> QuerySet[EnrolmentPin]:
    """PINs that nobody else uses until this transaction ends."""
    return EnrolmentPin.objects.select_for_update()


def _find(typed: str) -> tuple[int, int] | None:
    """The PIN and its tenant. What cannot be a PIN takes as long as one that is unknown."""
    found = sql.fetch("agents", "find_pin", {"digest": pin_digest(read_pin(typed))})
    return next(((int(pin), int(tenant)) for pin, tenant in found), None)


@use_case
def _enrolled(*, actor: Actor, tenant: int, pin: int, ask: Ask, now: datetime) -> Enrolment:
    # Those of one PIN go one by one, so that none is used too often, and no key twice.
    used = locked().get(id=pin)
    state = state_of(PinLife(used.revoked_at, used.expires_at, used.most_uses, used.uses), now)
    earlier = Agent.objects.filter(tenant_id=tenant, key_digest=key_digest(ask.key)).first()
    if earlier is not None and state in {PinState.ALIVE, PinState.USED_UP}:
        return _repeated(earlier, ask)
    if state is not PinState.ALIVE:
        raise EnrolmentRefused
    _check(tenant, PinKind(used.kind), ask)
    require_licence(tenant=tenant, today=now.date())
    device = hold(actor, tenant, ask.machine, now)
    agent = issue(tenant=tenant, pin=pin, device=device.id if device else None, ask=ask, now=now)
    if device is None:
        keep_waiting(actor=actor, agent=agent, machine=ask.machine, now=now)
    else:
        no_longer_waits(tenant=tenant, machine=ask.machine)
        note_presence(tenant=tenant, device=device.id, machine=ask.machine, now=now)
    used.uses, used.latest_use_at = used.uses + 1, now
    used.save(update_fields=["uses", "latest_use_at"])
    state_told = EnrolmentState.ENROLLED if device else EnrolmentState.HELD
    return Enrolment(state_told, credential_of(agent.uid, ask.key), device.uid if device else None)


def _check(tenant: int, kind: PinKind, ask: Ask) -> None:
    """Raises: EnrolmentRefused (E8), DomainNotListed (E9)."""
    if kind is PinKind.ZERO_TOUCH:
        try:
            is_known = is_registered(tenant=tenant, machine=ask.machine)
        except BadDevice:
            is_known = False
        if not is_known:
            raise EnrolmentRefused
    is_confirmed = ask.is_attended and ask.confirms_domain
    if not is_confirmed and not is_listed(ask.machine.domain, settings_of(tenant).domains):
        raise DomainNotListed


def _repeated(agent: Agent, ask: Ask) -> Enrolment:
    """The first answer again, as it stands by now. Raises: KeyReused."""
    if agent.request_digest != request_digest(ask.machine):
        raise KeyReused(ask.key)
    credential = credential_of(agent.uid, ask.key)
    if agent.digest != credential_digest(credential):
        # The installation has another secret key by now.
        agent.digest = credential_digest(credential)
        agent.save(update_fields=["digest"])
    device = agent.device
    state = EnrolmentState.HELD if device is None else EnrolmentState.ENROLLED
    return Enrolment(state, credential, device.uid if device else None, is_repeated=True)
