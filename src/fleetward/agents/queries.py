"""Questions about PINs."""

from __future__ import annotations

from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.agents.contracts import PinKind, PinLife, PinRow, PinState
from fleetward.agents.models import EnrolmentPin
from fleetward.agents.rules import state_of
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor

MOST_PINS = 10


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
