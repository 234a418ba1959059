"""Questions about PINs, and whom a credential speaks for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.agents import models
from fleetward.agents.contracts import (
    AgentRow,
    EnrolmentSettings,
    EnrolmentState,
    PendingKind,
    PendingRow,
    PinKind,
    PinLife,
    PinRow,
    PinState,
    PinUse,
    PresenceRow,
)
from fleetward.agents.models import Agent, EnrolmentPin
from fleetward.agents.rules import credential_digest, state_of
from fleetward.infra import sql
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, page_of

MOST_PINS = 10
MOST_USES_SHOWN = 10


@scoped
def list_pins(
    *, actor: Actor, tenant: int, now: datetime, kind: PinKind = PinKind.PIN
) -> list[PinRow]:
    """The latest PINs of a tenant, the present one first. Raises: NotFound, Forbidden."""
    require(actor, Capability.MANAGE_ENROLMENT, tenant=tenant)
    found = EnrolmentPin.objects.filter(tenant_id=tenant, kind=kind).order_by("-id")[:MOST_PINS]
    return [_row(pin, now) for pin in found]


def find_pin(
    *, actor: Actor, tenant: int, now: datetime, kind: PinKind = PinKind.PIN
) -> PinRow | None:
    """The PIN that enrols at present. Raises: NotFound, Forbidden."""
    latest = list_pins(actor=actor, tenant=tenant, now=now, kind=kind)[:1]
    return next((pin for pin in latest if pin.state is PinState.ALIVE), None)


@scoped
def list_uses(*, actor: Actor, tenant: int, kind: PinKind = PinKind.PIN) -> list[PinUse]:
    """What PINs enrolled last, the latest first. Raises: NotFound, Forbidden."""
    require(actor, Capability.MANAGE_ENROLMENT, tenant=tenant)
    found = Agent.objects.filter(tenant_id=tenant, pin__kind=kind).select_related("device")
    return [
        PinUse(
            at=one.created_at,
            device=one.device.uid if one.device else None,
            name=one.device.name if one.device else "",
            serial=one.device.serial if one.device else "",
        )
        for one in found.order_by("-created_at", "-id")[:MOST_USES_SHOWN]
    ]


def settings_of(tenant: int) -> EnrolmentSettings:
    """What a tenant has set. Whoever calls is in its scope."""
    found = models.EnrolmentSettings.objects.filter(tenant_id=tenant).first()
    if found is None:
        return EnrolmentSettings()
    return EnrolmentSettings(tuple(found.domains), found.collects_presence, found.presence_days)


@scoped
def get_settings(*, actor: Actor, tenant: int) -> EnrolmentSettings:
    """What a tenant has set about machines. Raises: NotFound, Forbidden."""
    require(actor, Capability.MANAGE_ENROLMENT, tenant=tenant)
    return settings_of(tenant)


@scoped
def list_pending(
    *,
    actor: Actor,
    tenant: int,
    kind: PendingKind | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[PendingRow]:
    """Machines that are not enrolled yet, latest first. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.ENROL_DEVICES, tenant=tenant)
    found = models.Pending.objects.filter(tenant_id=tenant)
    if kind is not None:
        found = found.filter(kind=kind)
    if cursor:
        found = found.filter(id__lt=decode_id(cursor))
    return page_of(list(found.order_by("-id")[: limit + 1]), limit, lambda row: row.id, _pending)


def _pending(row: models.Pending) -> PendingRow:
    return PendingRow(
        uid=row.uid,
        kind=PendingKind(row.kind),
        manufacturer=row.manufacturer,
        serial=row.serial,
        product_number=row.product_number,
        name=row.name,
        domain=row.domain,
        added_by=row.added_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


@scoped
def find_presence(*, actor: Actor, tenant: int, device: UUID) -> PresenceRow | None:
    """Who was signed in last on a device that the actor sees; None where nobody knows.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    params = scope(actor, Capability.SEE_DEVICES).params(tenant) | {"device": device}
    found = sql.fetch("agents", "find_presence", params)
    if not found:
        raise NotFound
    ((user, location, seen_at),) = found
    return None if seen_at is None else PresenceRow(user, location, seen_at)


@scoped
def find_left_presence(*, actor: Actor, tenant: int, device: UUID) -> PresenceRow | None:
    """The same of a device that the tenant gave away (X10), until it ages out.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    found = sql.fetch("agents", "find_left_presence", {"tenant": tenant, "uid": device})
    return next((PresenceRow(*row) for row in found), None)


def find_agent(credential: str) -> AgentRow | None:
    """Whom a credential speaks for; None for one that is unknown, or has ended."""
    found = sql.fetch("agents", "find_agent", {"digest": credential_digest(credential)})
    for number, tenant in found:
        with tenant_scope([tenant]):
            agent = Agent.objects.filter(id=number).select_related("device").first()
        if agent is not None:
            device = agent.device
            state = EnrolmentState.ENROLLED if device else EnrolmentState.HELD
            return AgentRow(agent.uid, tenant, state, device.uid if device else None)
    return None


def _row(pin: EnrolmentPin, now: datetime) -> PinRow:
    life = PinLife(pin.revoked_at, pin.expires_at, pin.most_uses, pin.uses)
    return PinRow(
        uid=pin.uid,
        state=state_of(life, now),
        made_by=pin.made_by,
        made_at=pin.made_at,
        expires_at=pin.expires_at,
        most_uses=pin.most_uses,
        uses=pin.uses,
        latest_use_at=pin.latest_use_at,
        revoked_at=pin.revoked_at,
    )
