"""Questions about PINs, and whom a credential speaks for."""

from __future__ import annotations

from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.agents.contracts import (
    AgentRow,
    EnrolmentState,
    PinKind,
    PinLife,
    PinRow,
    PinState,
    PinUse,
)
from fleetward.agents.models import Agent, EnrolmentPin
from fleetward.agents.rules import credential_digest, state_of
from fleetward.infra import sql
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor

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
