"""Opening a request (L8)."""

from __future__ import annotations

from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import require
from fleetward.notifications.contracts import Kind
from fleetward.support.actions.adding import add_message, told_before
from fleetward.support.actions.telling import in_both, subject_of, tell_operator
from fleetward.support.contracts import (
    MOST_OPEN,
    NEEDS,
    NewRequest,
    NobodyAnswers,
    RequestState,
    Side,
    Step,
    Told,
    TooManyOpenRequests,
)
from fleetward.support.models import Request
from fleetward.support.rules import checked_request
from fleetward.support.store import Bundle, received
from fleetward.tenancy.queries import find_vendor

ASK_LOCK = 7_320


def open_request(*, actor: Actor, tenant: int, asked: NewRequest, now: datetime) -> Told:
    """Ask the operator for help, with files if there are any.

    Raises: NotFound, Forbidden, BadSupportRequest, TooManyAttachments, AttachmentTooLarge,
    AttachmentEmpty, TooManyOpenRequests, NobodyAnswers, KeyReused.
    Audit: support.opened, at both sides.   Repeat: the same key has one effect.
    """
    require(actor, NEEDS[Side.TENANT], tenant=tenant)
    checked = checked_request(asked)
    operator = find_vendor()
    if operator is None:
        raise NobodyAnswers
    # Its own requests would be answered by whoever asks.
    if operator.id == tenant:
        raise NotFound
    with received(checked.message.files) as bundle:
        told = _open(
            actor=in_both(actor, operator.id),
            tenant=tenant,
            operator=operator.id,
            asked=checked,
            bundle=bundle,
            now=now,
        )
        bundle.stay = not told.is_repeated
        return told


@use_case
def _open(
    *, actor: Actor, tenant: int, operator: int, asked: NewRequest, bundle: Bundle, now: datetime
) -> Told:
    wait_turn(ASK_LOCK, tenant)
    said = (asked.subject, asked.category, *asked.serials)
    if earlier := told_before(tenant, Side.TENANT, asked.message, bundle, said):
        return Told(earlier.request.uid, is_repeated=True)
    alive = Request.objects.filter(tenant_id=tenant).exclude(state=RequestState.CLOSED)
    if alive.count() >= MOST_OPEN:
        raise TooManyOpenRequests
    made = Request.objects.create(
        tenant_id=tenant,
        operator_id=operator,
        subject=asked.subject,
        category=asked.category,
        serials=list(asked.serials),
        asked_by=actor.on_behalf_of or actor.name,
        opened_at=now,
        changed_at=now,
    )
    message = add_message(
        actor, made, (Side.TENANT, Step.MESSAGE), asked.message, bundle, now, said
    )
    details = {
        "category": asked.category,
        "serials": len(asked.serials),
        "files": len(bundle.files),
    }
    for place in (tenant, operator):
        record(
            actor=actor,
            verb=Verb.SUPPORT_OPENED,
            tenant=place,
            subject=subject_of(made),
            details=details,
            now=now,
        )
    tell_operator(made, Kind.SUPPORT_OPENED, message, now)
    return Told(made.uid)
