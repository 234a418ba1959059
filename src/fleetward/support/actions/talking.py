"""What is said in a request by either side, and its end (L8)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.notifications.contracts import Kind
from fleetward.support.actions.adding import add_message, told_before
from fleetward.support.actions.telling import in_both, subject_of, tell_asker, tell_operator
from fleetward.support.contracts import (
    MOST_MESSAGES,
    NewMessage,
    RequestClosed,
    RequestState,
    Side,
    Step,
    Told,
    TooManyMessages,
)
from fleetward.support.models import Message, Request
from fleetward.support.queries import find_request, requests_of
from fleetward.support.rules import checked_message, state_after
from fleetward.support.store import Bundle, received

NOTHING = NewMessage("")


@dataclass(frozen=True, slots=True)
class _Does:
    """Who says something, and what it does."""

    tenant: int
    side: Side
    step: Step

    @property
    def kind(self) -> Kind:
        if self.step is Step.MESSAGE:
            return Kind.SUPPORT_ANSWERED if self.side is Side.OPERATOR else Kind.SUPPORT_ASKED
        return Kind.SUPPORT_CLOSED if self.step is Step.CLOSED else Kind.SUPPORT_REOPENED

    @property
    def tell(self) -> Callable[[Request, Kind, Message, datetime], None]:
        return tell_asker if self.side is Side.OPERATOR else tell_operator


VERBS: Mapping[Step, Verb] = MappingProxyType(
    {
        Step.MESSAGE: Verb.SUPPORT_ANSWERED,
        Step.CLOSED: Verb.SUPPORT_CLOSED,
        Step.REOPENED: Verb.SUPPORT_REOPENED,
    }
)


def answer(
    *,
    actor: Actor,
    tenant: int,
    side: Side,
    uid: uuid.UUID,
    told: NewMessage,
    now: datetime,
) -> Told:
    """Say something in a request. The turn is the other side's then.

    Raises: NotFound, Forbidden, RequestClosed, TooManyMessages, KeyReused, and what is wrong with
    the message or its files.   Audit: support.answered, at both sides.
    Repeat: the same key has one effect.
    """
    return _say(actor, _Does(tenant, side, Step.MESSAGE), uid, told, now)


def close(
    *,
    actor: Actor,
    tenant: int,
    side: Side,
    uid: uuid.UUID,
    now: datetime,
    told: NewMessage = NOTHING,
) -> Told:
    """End a request, with a last word if there is one.

    Raises: NotFound, Forbidden, and what is wrong with the message.
    Audit: support.closed, at both sides.   Repeat: one that is closed is left alone.
    """
    return _say(actor, _Does(tenant, side, Step.CLOSED), uid, told, now)


def reopen(
    *,
    actor: Actor,
    tenant: int,
    side: Side,
    uid: uuid.UUID,
    now: datetime,
    told: NewMessage = NOTHING,
) -> Told:
    """Go on with a request that was closed.

    Raises: NotFound, Forbidden, and what is wrong with the message.
    Audit: support.reopened, at both sides.   Repeat: one that is not closed is left alone.
    """
    return _say(actor, _Does(tenant, side, Step.REOPENED), uid, told, now)


def _say(actor: Actor, does: _Does, uid: uuid.UUID, told: NewMessage, now: datetime) -> Told:
    with tenant_scope(actor.tenants):
        found = find_request(requests_of(actor, does.tenant, does.side), uid)
    checked = checked_message(told, does.step)
    other = found.operator_id if does.side is Side.TENANT else found.tenant_id
    with received(checked.files) as bundle:
        result = _add(
            actor=in_both(actor, other), does=does, uid=uid, told=checked, bundle=bundle, now=now
        )
        bundle.stay = not result.is_repeated
        return result


@use_case
def _add(
    *,
    actor: Actor,
    does: _Does,
    uid: uuid.UUID,
    told: NewMessage,
    bundle: Bundle,
    now: datetime,
) -> Told:
    requests = requests_of(actor, does.tenant, does.side)
    # Whoever comes second sees what the first has said.
    found = find_request(requests.select_for_update(of=("self",)), uid)
    said = (str(uid), does.step)
    if told_before(found.tenant_id, does.side, told, bundle, said):
        return Told(uid, is_repeated=True)
    if not _changes(found, does.step):
        return Told(uid, is_repeated=True)
    message = add_message(actor, found, (does.side, does.step), told, bundle, now, said)
    found.state, found.changed_at = state_after(does.side, does.step), now
    found.save(update_fields=["state", "changed_at"])
    for place in (found.tenant_id, found.operator_id):
        record(
            actor=actor,
            verb=VERBS[does.step],
            tenant=place,
            subject=subject_of(found),
            details={"side": does.side, "files": len(bundle.files)},
            now=now,
        )
    does.tell(found, does.kind, message, now)
    return Told(uid)


def _changes(found: Request, step: Step) -> bool:
    """Whether there is anything to do. Raises: RequestClosed, TooManyMessages."""
    is_closed = found.state == RequestState.CLOSED
    if step is Step.CLOSED:
        return not is_closed
    if step is Step.REOPENED:
        return is_closed
    if is_closed:
        raise RequestClosed
    if Message.objects.filter(request_id=found.id).count() >= MOST_MESSAGES:
        raise TooManyMessages
    return True
