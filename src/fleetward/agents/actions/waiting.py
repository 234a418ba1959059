"""Machines that somebody else holds wait until they are released (T11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.agents.contracts import Ask, Machine, PendingKind
from fleetward.agents.models import Agent, Pending
from fleetward.audit.actions import attempt, record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions import claim_device, enrol_device
from fleetward.devices.actions.cleaning import cleaned
from fleetward.devices.contracts import (
    BadDevice,
    DeviceInput,
    DevicesOvertaken,
    EnrolledDevice,
    HeldElsewhere,
)
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.tenancy.contracts import ADMIN_ROLES
from fleetward.tenancy.licences.queries import is_suspended
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids, list_tenant_ids

PAGE = "/t/{customer_id}/devices/"


def hold(actor: Actor, tenant: int, machine: Machine, now: datetime) -> EnrolledDevice | None:
    """The device that the tenant holds now, also one that its partner held for nobody (E7); None
    while somebody else holds the machine.

    Raises: BadDevice, DevicesOvertaken.
    """
    device = device_of(machine)
    try:
        with attempt():
            claim_device(actor=actor, tenant=tenant, device=device, now=now)
            return enrol_device(actor=actor, tenant=tenant, device=device, now=now)
    except HeldElsewhere:
        return None


def device_of(machine: Machine) -> DeviceInput:
    """A machine as a device."""
    return DeviceInput(
        machine.manufacturer,
        machine.serial,
        product_number=machine.product_number,
        name=machine.name,
        model=machine.model,
    )


def _identity(machine: Machine) -> dict[str, str]:
    device = cleaned(device_of(machine))
    return {"serial": device.serial, "manufacturer": device.manufacturer}


def keep_waiting(*, actor: Actor, agent: Agent, machine: Machine, now: datetime) -> None:
    """Let a machine wait with its credential; one that it had before ends.

    Within a use case.   Audit: enrolment.held, once for a machine
    """
    device, tenant = cleaned(device_of(machine)), agent.tenant_id
    identity = {**_identity(machine), "product_number": device.product_number}
    known = Pending.objects.filter(tenant_id=tenant, **identity).first()
    facts = {
        "kind": PendingKind.HELD,
        "name": device.name,
        "model": device.model,
        "domain": machine.domain,
        "os": machine.os,
        "agent": agent,
        "updated_at": now,
    }
    if known is not None:
        earlier = known.agent_id
        Pending.objects.filter(id=known.id).update(**facts)
        Agent.objects.filter(tenant_id=tenant, id=earlier or 0).delete()
        if known.kind == PendingKind.HELD:
            return
    else:
        known = Pending.objects.create(
            tenant_id=tenant, added_by=actor.name, created_at=now, **identity, **facts
        )
    _tell(actor, tenant, known, now)


def _tell(actor: Actor, tenant: int, waiting: Pending, now: datetime) -> None:
    details = {"manufacturer": waiting.manufacturer, "serial": waiting.serial}
    record(
        actor=actor,
        verb=Verb.ENROLMENT_HELD,
        tenant=tenant,
        subject=f"pending:{waiting.uid}",
        details=details,
        now=now,
    )
    post(
        tenant=tenant,
        users=list_member_ids(tenant=tenant, roles=ADMIN_ROLES),
        kind=Kind.ENROLMENT_HELD,
        key=f"enrolment-held:{waiting.uid}",
        params={"serial": waiting.serial},
        now=now,
        link=PAGE.format(customer_id=get_tenant_by_id(tenant).customer_id),
    )


def is_registered(*, tenant: int, machine: Machine) -> bool:
    """Whether a machine was registered before it asked (E8); one without its product number is.

    Raises: BadDevice.
    """
    device = cleaned(device_of(machine))
    registered = Pending.objects.filter(
        tenant_id=tenant, product_number__in=["", device.product_number], **_identity(machine)
    )
    # It stays so while it waits for its release, and asks again.
    return registered.exclude(kind=PendingKind.DOMAIN).exists()


@use_case
def note_domain(*, actor: Actor, tenant: int, ask: Ask, now: datetime) -> None:
    """Keep that a machine asked from a domain that is not listed (E9).

    Raises: NotFound, Forbidden.
    Audit: enrolment.domain_refused where nobody was there to ask, once a day for a machine
    """
    require(actor, Capability.ENROL_DEVICES, tenant=tenant)
    device = cleaned(device_of(ask.machine))
    identity = {**_identity(ask.machine), "product_number": device.product_number}
    known = Pending.objects.filter(tenant_id=tenant, **identity).first()
    is_news = known is None or known.updated_at < now - timedelta(days=1)
    if known is None:
        Pending.objects.create(
            tenant_id=tenant,
            kind=PendingKind.DOMAIN,
            name=device.name,
            model=device.model,
            domain=ask.machine.domain,
            os=ask.machine.os,
            added_by=actor.name,
            created_at=now,
            updated_at=now,
            **identity,
        )
    elif is_news:
        Pending.objects.filter(id=known.id).update(domain=ask.machine.domain, updated_at=now)
    if is_news and not ask.is_attended:
        details = {"serial": device.serial, "domain": ask.machine.domain}
        record(actor=actor, verb=Verb.DOMAIN_REFUSED, tenant=tenant, details=details, now=now)


def no_longer_waits(*, tenant: int, machine: Machine) -> None:
    """Forget that a machine waited, which is enrolled now. Within a use case."""
    Pending.objects.filter(tenant_id=tenant, **_identity(machine)).delete()


def take_off(*, actor: Actor, tenant: int, rows: Sequence[Pending], now: datetime) -> None:
    """Take machines off the list; one that waited has no credential any more.

    Within a use case.   Audit: enrolment.pending_removed
    """
    Pending.objects.filter(id__in=[row.id for row in rows]).delete()
    ended = [row.agent_id for row in rows if row.agent_id]
    Agent.objects.filter(tenant_id=tenant, id__in=ended).delete()
    details: dict[str, object] = {"devices": len(rows)}
    if len(rows) == 1:
        details["serial"] = rows[0].serial
    record(actor=actor, verb=Verb.PENDING_REMOVED, tenant=tenant, details=details, now=now)


def tenants_that_wait() -> list[int]:
    """Those with machines that somebody else holds."""
    tenants = list_tenant_ids()
    with tenant_scope(tenants):
        held = Pending.objects.filter(kind=PendingKind.HELD)
        return sorted(set(held.values_list("tenant_id", flat=True)))


def release_waiting(*, tenant: int, now: datetime) -> int:
    """Enrol what was released meanwhile; returns how many. Repeat: does nothing more."""
    actor = system_actor("Release of machines that wait", tenant)
    with tenant_scope([tenant]):
        held = Pending.objects.filter(tenant_id=tenant, kind=PendingKind.HELD)
        waiting = list(held.order_by("id").values_list("id", flat=True))
    return sum(release_machine(actor=actor, tenant=tenant, pending=one, now=now) for one in waiting)


@use_case
def release_machine(*, actor: Actor, tenant: int, pending: int, now: datetime) -> bool:
    """Enrol a machine that waited, with the credential that it has; False while it is held, or the
    tenant is suspended.

    One that can be no device any more, which stops no other, is taken off the list.
    Raises: NotFound, Forbidden.   Audit: device.enrolled, or enrolment.pending_removed
    """
    held = Pending.objects.filter(id=pending, kind=PendingKind.HELD, tenant_id=tenant)
    waiting = held.select_for_update().first()
    if waiting is None or is_suspended(tenant=tenant, today=now.date()):
        return False
    machine = Machine(
        waiting.manufacturer,
        waiting.serial,
        product_number=waiting.product_number,
        model=waiting.model,
        name=waiting.name,
    )
    try:
        device = hold(actor, tenant, machine, now)
    except BadDevice:
        take_off(actor=actor, tenant=tenant, rows=[waiting], now=now)
        return False
    except DevicesOvertaken:
        # Somebody adds the same device at this moment: its turn comes again.
        return False
    if device is None:
        return False
    Agent.objects.filter(device_id=device.id).delete()
    agent = waiting.agent_id
    waiting.delete()
    Agent.objects.filter(id=agent or 0).update(device_id=device.id)
    return True
