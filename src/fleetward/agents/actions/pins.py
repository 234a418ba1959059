"""Making and revoking the PINs of a tenant (E7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.agents.contracts import (
    MOST_DAYS,
    MOST_USES,
    BadPinTerms,
    MadePin,
    PinKind,
    PinTerms,
)
from fleetward.agents.models import EnrolmentPin
from fleetward.agents.rules import LENGTHS, pin_digest, spelled
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.ids import new_code

NO_TERMS = PinTerms()
_TURN_LOCK = 7_340


@use_case
def make_pin(
    *,
    actor: Actor,
    tenant: int,
    now: datetime,
    terms: PinTerms = NO_TERMS,
    kind: PinKind = PinKind.PIN,
) -> MadePin:
    """Make a PIN, told this once; the one before no longer works.

    Raises: NotFound, Forbidden, BadPinTerms.   Audit: enrolment.pin_made
    """
    require(actor, Capability.MANAGE_ENROLMENT, tenant=tenant)
    _check(terms)
    # Of two at once the second one revokes what the first one made.
    wait_turn(_TURN_LOCK, tenant)
    _alive(tenant, kind).update(revoked_at=now, revoked_by=actor.name)
    symbols = new_code(LENGTHS[kind])
    made = EnrolmentPin.objects.create(
        tenant_id=tenant,
        kind=kind,
        digest=pin_digest(symbols),
        made_by=actor.name,
        made_at=now,
        expires_at=now + timedelta(days=terms.days) if terms.days else None,
        most_uses=terms.most_uses,
    )
    details = {"kind": str(kind), "days": terms.days, "most_uses": terms.most_uses}
    record(
        actor=actor,
        verb=Verb.PIN_MADE,
        tenant=tenant,
        subject=f"pin:{made.uid}",
        details=details,
        now=now,
    )
    return MadePin(made.uid, spelled(symbols))


@use_case
def revoke_pin(*, actor: Actor, tenant: int, now: datetime, kind: PinKind = PinKind.PIN) -> bool:
    """Let the present PIN enrol nothing more; False where there is none. What it enrolled stays.

    Raises: NotFound, Forbidden.   Audit: enrolment.pin_revoked
    """
    require(actor, Capability.MANAGE_ENROLMENT, tenant=tenant)
    wait_turn(_TURN_LOCK, tenant)
    present = _alive(tenant, kind).first()
    if present is None:
        return False
    _alive(tenant, kind).update(revoked_at=now, revoked_by=actor.name)
    record(actor=actor, verb=Verb.PIN_REVOKED, tenant=tenant, subject=f"pin:{present.uid}", now=now)
    return True


def _alive(tenant: int, kind: PinKind) -> QuerySet[EnrolmentPin]:
    return EnrolmentPin.objects.filter(tenant_id=tenant, kind=kind, revoked_at=None)


def _check(terms: PinTerms) -> None:
    """Raises: BadPinTerms."""
    for name, given, most in (
        ("days", terms.days, MOST_DAYS),
        ("most_uses", terms.most_uses, MOST_USES),
    ):
        if given is not None and not 1 <= given <= most:
            raise BadPinTerms(name, most)
