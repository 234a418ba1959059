"""Adding and changing many devices in one call, each with values of its own (X6).

What becomes of an item is decided in Python, by the rules of single devices, about devices that are
read and locked at once; what has been decided is written by one statement for all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import datetime
from typing import Any

import msgspec

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions import effects
from fleetward.devices.actions.cleaning import cleaned
from fleetward.devices.actions.entering import IDENTITY_CONSTRAINT
from fleetward.devices.actions.stock import Held, Stock, values_of
from fleetward.devices.contracts import (
    MOST_ITEMS,
    BadDevice,
    ChangeKind,
    DeviceInput,
    DeviceItem,
    DevicesOvertaken,
    DuplicateDevice,
    ItemEnd,
    ItemOutcome,
    ItemReason,
    Origin,
    Refusal,
    StoredDevices,
    TooManyDevices,
)
from fleetward.devices.models import Device, StoreCall
from fleetward.devices.queries.junk import junk_serials
from fleetward.devices.rules import JunkList, agreed_maker, canonical_serial
from fleetward.infra import sql
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.licences.queries import require_licence

# A race that was lost is decided anew, with the device that was first.
MOST_TURNS = 3


@use_case
def store_devices(
    *, actor: Actor, tenant: int, items: Sequence[DeviceItem], now: datetime
) -> StoredDevices:
    """Add and change devices, each with its own values; how each item ended, in their order.

    That is kept, and listed again by `queries.store_calls`.

    An item without id means a device as a row of a list does: by its serial, manufacturer and
    product number; where there is none it is added, and a deleted one comes back. Only what is
    given changes. Of several items of one device the first counts.

    Raises: NotFound, Forbidden, LicenceSuspended, TooManyDevices, DevicesOvertaken.
    Audit: device.stored, once, with the digest of what is kept, if anything has changed.
    Repeat: the same items change nothing; each call has outcomes of its own.
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    require_licence(tenant=tenant, today=now.date())
    if len(items) > MOST_ITEMS:
        raise TooManyDevices(MOST_ITEMS)
    ends = _settled(actor, tenant, items, now, MOST_TURNS)
    call = _kept(actor, tenant, ends, now)
    if call.created or call.changed:
        counts = {name: getattr(call, name) for name in map(str.lower, ItemOutcome)}
        record(
            actor=actor,
            verb=Verb.DEVICES_STORED,
            tenant=tenant,
            subject=f"devices:{len(items)}",
            details={**counts, "call": str(call.uid), "outcomes_sha256": call.outcome_digest},
            now=now,
        )
    return StoredDevices(call.uid, ends)


def _kept(actor: Actor, tenant: int, ends: Sequence[ItemEnd], now: datetime) -> StoreCall:
    """The record of the call, with the digest over the JSON of its lines."""
    lines = [_line(end) for end in ends]
    counts = Counter(end.outcome for end in ends)
    return StoreCall.objects.create(
        tenant_id=tenant,
        started_by=actor.name,
        on_behalf=actor.on_behalf_of,
        request_id=actor.request_id,
        **{str(outcome).lower(): counts[outcome] for outcome in ItemOutcome},
        ends=lines,
        outcome_digest=hashlib.sha256(msgspec.json.encode(lines)).hexdigest(),
        created_at=now,
    )


def _line(end: ItemEnd) -> list[str | None]:
    why = astuple(end.reason) if end.reason else ()
    return [str(end.outcome), str(end.uid) if end.uid else None, *why]


def _settled(
    actor: Actor, tenant: int, items: Sequence[DeviceItem], now: datetime, turns: int
) -> list[ItemEnd]:
    """Raises: DevicesOvertaken, if somebody else was first each time."""
    try:
        with constrained(IDENTITY_CONSTRAINT, DevicesOvertaken()):
            return _stored(actor, tenant, items, now)
    except DevicesOvertaken:
        if turns == 1:
            raise
    return _settled(actor, tenant, items, now, turns - 1)


def _stored(actor: Actor, tenant: int, items: Sequence[DeviceItem], now: datetime) -> list[ItemEnd]:
    stock = Stock(_locked(actor, tenant, items))
    junk = JunkList.of(junk_serials())
    ends = [_taken(stock, item, junk) for item in items]
    _write(actor, tenant, stock, now)
    return ends


def _locked(actor: Actor, tenant: int, items: Sequence[DeviceItem]) -> list[Device]:
    """Every device that an item names, and those that have a serial of any of them, by id."""
    uids = [item.uid for item in items if item.uid is not None]
    params = scope(actor, Capability.EDIT_DEVICES).params(tenant) | {"uids": uids}
    serials = {serial for (serial,) in sql.fetch("devices", "list_serials", params)}
    serials |= {canonical_serial(str(item.given.get("serial", ""))) for item in items}
    # One that somebody gave another serial since then is told by the constraint, and tried again.
    named = params | {"serials": sorted(serials)}
    ids = [number for (number,) in sql.fetch("devices", "claim_named", named)]
    return list(Device.objects.filter(tenant_id=tenant, id__in=ids).order_by("id"))


def _taken(stock: Stock, item: DeviceItem, junk: JunkList) -> ItemEnd:
    """How an item ends, and its device in the stock as it is to be."""
    if item.unfit is not None:
        return ItemEnd(ItemOutcome.REFUSED, reason=item.unfit)
    try:
        held, wanted = _meant(stock, item, junk)
        if held.is_taken:
            raise BadDevice("id" if item.uid else "serial", Refusal.DUPLICATE_ROW)
        stock.take(held, wanted)
    except DomainError as error:
        return ItemEnd(ItemOutcome.REFUSED, reason=_reason(error))
    return ItemEnd(_outcome(held), held.uid)


def _reason(error: DomainError) -> ItemReason:
    if isinstance(error, BadDevice):
        return ItemReason(error.code, error.field, str(error.refusal))
    field = "serial" if isinstance(error, DuplicateDevice) else "id"
    return ItemReason(error.code, field, detail=str(error), fix=error.fix)


def _meant(stock: Stock, item: DeviceItem, junk: JunkList) -> tuple[Held, DeviceInput]:
    """The device of an item, and what it is to be. Raises: NotFound, BadDevice."""
    given: dict[str, Any] = dict(item.given)
    if item.uid is not None:
        held = stock.active(item.uid)
        return held, cleaned(replace(held.wanted, **given), held.wanted, junk=junk)
    entered = cleaned(DeviceInput(**{"manufacturer": "", "serial": "", **given}), junk=junk)
    found = stock.named(entered)
    if found is None:
        return stock.new(entered), entered
    kept = found.wanted
    identity = {
        "serial": kept.serial,
        "manufacturer": agreed_maker(entered.manufacturer, kept.manufacturer),
        "product_number": entered.product_number or kept.product_number,
    }
    return found, cleaned(replace(kept, **{**given, **identity}), kept, junk=junk)


def _outcome(held: Held) -> ItemOutcome:
    if not held.was_active:
        return ItemOutcome.CREATED
    return ItemOutcome.CHANGED if held.differences else ItemOutcome.UNCHANGED


def _write(actor: Actor, tenant: int, stock: Stock, now: datetime) -> None:
    """Store what differs, with its history, and let upper contexts follow (W17)."""
    changed = [held for held in stock.taken if held.row and _outcome(held) != ItemOutcome.UNCHANGED]
    added = [held for held in stock.taken if held.row is None]
    if not (changed or added):
        return
    params = {
        "tenant": tenant,
        "actor": actor.name,
        "on_behalf": actor.on_behalf_of,
        "request_id": actor.request_id,
        "origin": str(Origin.API),
        "now": now,
    }
    effects.prepare()
    if given_up := stock.given_up():
        sql.execute("devices", "free_identities", {"tenant": tenant, "ids": given_up})
    _store("change_devices", params, [_change_of(held) for held in changed])
    _store("insert_devices", params, [_row_of(held) for held in added])
    effects.take_turn(tenant=tenant)
    effects.apply_effects(tenant=tenant)


def _store(statement: str, params: dict[str, object], rows: Sequence[dict[str, object]]) -> None:
    if rows:
        text = msgspec.json.encode(rows).decode()
        sql.execute_large("devices", statement, params | {"rows": text})


def _row_of(held: Held) -> dict[str, object]:
    return values_of(held.wanted) | {"uid": held.uid}


def _change_of(held: Held) -> dict[str, object]:
    """The device as it is to be, its entry of the history, and what follows from it."""
    differences = held.differences
    change = effects.change_of(differences, was_active=held.was_active)
    return values_of(held.wanted) | {
        "id": held.id,
        "kind": ChangeKind.CHANGED if held.was_active else ChangeKind.RESTORED,
        "fields": differences,
        "change": change,
    }
