"""Moving devices from one tenant to another, and taking a move back (X10 to X12, T14).

Nothing else changes the tenant of a device. What of an upper context follows in the same
transaction registers as a `ReassignmentEffect`. What the source still sees is `queries.departures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import IntegrityError

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.audit.actions import use_case
from fleetward.devices.actions.effects import take_turn
from fleetward.devices.actions.entering import IDENTITY_CONSTRAINT
from fleetward.devices.contracts import (
    MOST_MOVED,
    DevicesOvertaken,
    EffectLine,
    Move,
    Moved,
    MoveEffect,
    ReassignmentEffect,
    TooManyDevices,
)
from fleetward.infra import sql
from fleetward.infra.tx import savepoint, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound

# How often somebody else may add what is about to arrive before a move gives up.
TRIES = 4

_effects: list[ReassignmentEffect] = []


def register_reassignment(effect: ReassignmentEffect) -> None:
    """Called once at start by the app configuration of an upper context."""
    _effects.append(effect)


@use_case
def reassign_devices(*, actor: Actor, move: Move, devices: Sequence[int]) -> list[Moved]:
    """Move active devices of the source to the target; returns those that went, by internal id.

    What is no longer in the source is not among them: whoever was first has it (X12). What the
    target lists of the same machine merges into the device (T14). It joins the caller's
    transaction, as the registered effects do: all that goes, goes together.

    Raises: NotFound, Forbidden, TooManyDevices, DevicesOvertaken.
    Audit: none; the caller writes one entry each for source, target and partner (X11), with the
    digest of its rows.   Repeat: moves nothing, for the devices are in the target.
    """
    _require(actor, move, devices)
    for _ in range(TRIES):
        try:
            with savepoint():
                return _reassign(actor, move, devices)
        except IntegrityError as refused:
            # Somebody has just listed what was about to arrive: the next try merges it.
            if IDENTITY_CONSTRAINT not in str(refused):
                raise
    raise DevicesOvertaken


@use_case
def return_devices(*, actor: Actor, move: Move, devices: Sequence[int]) -> list[Moved]:
    """Take a move back for devices that are still in its target and that nobody has changed since.

    `move` is that move, with the moment of taking it back. They get back what was sealed (X10) and
    the groups that still exist; what was merged into them is listed again. One that has changed, or
    that the source lists anew, is not among those returned (X11). It joins the caller's
    transaction, as the registered effects do.

    Raises: NotFound, Forbidden, TooManyDevices.
    Audit: none; the caller writes one entry each for source, target and partner (X11).
    Repeat: moves nothing, for the devices are in the source.
    """
    _require(actor, move, devices)
    params = _params(actor, move, devices)
    sql.execute("devices", "prepare_move")
    sql.execute("devices", "claim_returning", params)
    sql.execute("devices", "judge_returning", params)
    if not sql.execute("devices", "part_returning", params):
        return []
    moved = [Moved(*row) for row in sql.fetch("devices", "return_tenant", params)]
    if any(one.is_merged for one in moved):
        sql.execute("devices", "remake_listings", params)
    sql.execute("devices", "rejoin_groups", params)
    _follow(replace(move, source=move.target, target=move.source, is_return=True))
    return moved


def _reassign(actor: Actor, move: Move, devices: Sequence[int]) -> list[Moved]:
    params = _params(actor, move, devices)
    sql.execute("devices", "prepare_move")
    if not sql.execute("devices", "claim_moving", params):
        return []
    sql.execute("devices", "part_devices", params)
    if sql.fetch_text("SELECT FROM devices_merged LIMIT 1", []):
        sql.execute("devices", "merge_listings", params)
    moved = [Moved(*row) for row in sql.fetch("devices", "reassign_tenant", params)]
    _follow(move)
    return moved


def _follow(move: Move) -> None:
    """Let every registered context follow."""
    # In one order, whichever of two tenants is the source: two moves cross without a deadlock.
    for tenant in sorted((move.source, move.target)):
        take_turn(tenant=tenant)
    for effect in _effects:
        effect.devices_reassigned(move=move)


def _require(actor: Actor, move: Move, devices: Sequence[int]) -> None:
    require(actor, Capability.TRANSFER_DEVICES, tenant=move.source)
    if move.target not in actor.roles or move.target == move.source:
        raise NotFound
    if len(devices) > MOST_MOVED:
        raise TooManyDevices(MOST_MOVED)


def _params(actor: Actor, move: Move, devices: Sequence[int]) -> dict[str, object]:
    return scope(actor, Capability.TRANSFER_DEVICES).params(move.source) | {
        "target": move.target,
        "reference": move.reference,
        "ids": list(devices),
        "actor": actor.name,
        "on_behalf": actor.on_behalf_of,
        "request_id": actor.request_id,
        "now": move.at,
    }


def preview_reassignment(*, actor: Actor, move: Move, devices: Sequence[int]) -> list[EffectLine]:
    """What moving those of these devices that are in the source would do, in numbers (X5).

    Counts only, so that it tells nothing of the target but how many of them it lists (T14).

    Raises: NotFound, Forbidden.
    """
    _require(actor, move, ())
    with tenant_scope(actor.tenants):
        params = _params(actor, move, devices)
        sql.execute("devices", "consider_moving", params)
        (counts,) = sql.fetch("devices", "count_moving", params)
        lines = [EffectLine(code, count) for code, count in zip(MoveEffect, counts, strict=True)]
        for effect in _effects:
            lines.extend(effect.preview(move=move))
        return lines
