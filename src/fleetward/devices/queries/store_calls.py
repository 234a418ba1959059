"""Calls that added and changed many devices: which there were, and how each item ended."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.devices.contracts import ItemEnd, ItemOutcome, ItemReason, StoreCallRow
from fleetward.devices.models import StoreCall
from fleetward.infra import sql
from fleetward.infra.listing import latest_first
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, page_of


@scoped
def list_store_calls(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[StoreCallRow]:
    """The calls of a tenant, latest first. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    calls = StoreCall.objects.filter(tenant_id=tenant).defer("ends")
    return latest_first(calls, cursor=cursor, limit=limit, row=_row)


def _row(call: StoreCall) -> StoreCallRow:
    return StoreCallRow(**{name: getattr(call, name) for name in StoreCallRow.__slots__})


@scoped
def list_store_ends(
    *,
    actor: Actor,
    tenant: int,
    uid: UUID,
    outcomes: Sequence[ItemOutcome] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[tuple[int, ItemEnd]]:
    """How the items of a call ended, with their places in it, from 1.

    The same at any time, but that a device out of sight is not named.
    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    call = StoreCall.objects.filter(tenant_id=tenant, uid=uid).first()
    if call is None:
        raise NotFound
    after = decode_id(cursor) if cursor else 0
    wanted = frozenset(outcomes or ItemOutcome)
    found = [
        (number, line)
        for number, line in enumerate(call.ends, start=1)
        if number > after and line[0] in wanted
    ][: limit + 1]
    seen = _seen(actor, tenant, [line[1] for _, line in found if line[1]])
    return page_of(
        found, limit, number=lambda one: one[0], row=lambda one: (one[0], _end(one[1], seen))
    )


def _seen(actor: Actor, tenant: int, uids: Sequence[str]) -> frozenset[UUID]:
    params = scope(actor, Capability.SEE_DEVICES).params(tenant) | {"uids": list(uids)}
    return frozenset(uid for (uid,) in sql.fetch("devices", "list_seen", params))


def _end(line: Sequence[str | None], seen: frozenset[UUID]) -> ItemEnd:
    outcome, device, *why = line
    uid = UUID(device) if device else None
    reason = ItemReason(*(text or "" for text in why)) if why else None
    return ItemEnd(ItemOutcome(str(outcome)), uid if uid in seen else None, reason)
