"""Closing batches together with what was answered: one transaction, and only under a live lease."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from fleetward.access.contracts import Scope
from fleetward.connections.actions import StoredConnection, note_success
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions.answers import lock_coverage, stage_devices, store_answers
from fleetward.warranty.actions.keeping import purge_pages
from fleetward.warranty.actions.moves import Move, rewrite, without
from fleetward.warranty.actions.planning import plan_devices
from fleetward.warranty.contracts import DeviceKey, Reason
from fleetward.warranty.models import Batch, Run

END_BATCHES = 500


def settle(
    *,
    tenant: int,
    connection: StoredConnection,
    moves: Sequence[Move],
    now: datetime,
) -> None:
    """Write what became of claimed batches, and what was answered for their devices.

    A batch whose lease was lost (to another worker, or to a cancelled run) is left as it is, and
    its answers are dropped. A device that is another machine than was asked about stays open (W17).
    Repeat: a second call finds no lease and does nothing.
    """
    with tenant_scope([tenant]):
        # By id, so that two workers never wait for each other.
        ordered = sorted(_still_true(moves, tenant), key=lambda move: move.claim.id)
        held = [move for move in ordered if _close(move)]
        answers = [
            (device, answer, move.is_simulated)
            for move in held
            for device, answer in move.answered.items()
        ]
        unanswered = [pair for move in held for pair in move.unanswered()]
        if answers or unanswered:
            store_answers(
                tenant=tenant,
                source=connection.provider,
                answers=answers,
                unanswered=unanswered,
                asked={device: at for move in held for device, at in move.asked().items()},
                now=now,
            )
        # Of a batch that somebody else has by now the page is not stored yet.
        purge_pages([move.claim.id for move in held if move.is_asked])
        if answers:
            is_simulated = any(move.is_simulated for move in held)
            note_success(connection=connection, is_simulated=is_simulated, now=now)


def _still_true(moves: Sequence[Move], tenant: int) -> list[Move]:
    """The moves without the devices that were changed since they were claimed (W17).

    From here on none can be changed, so that one look at the mark is enough for all of them.
    """
    mark = sql.fetch("warranty", "lock_mark", {"tenant": tenant})[0][0]
    doubtful = [move for move in moves if move.claim.mark != mark]
    if not doubtful:
        return list(moves)
    asked = {device: key for move in doubtful for device, key in move.claim.keys.items()}
    rows = sql.fetch("warranty", "list_identities", {"tenant": tenant, "ids": list(asked)})
    present = {row[0]: DeviceKey(*row[1:]) for row in rows}
    changed = {device for device, key in asked.items() if present.get(device) != key}
    return [without(move, changed) for move in moves]


def _close(move: Move) -> bool:
    claim, written = move.claim, rewrite(move)
    if not all(_split(move, part) for part in written.new):
        return False
    if written.new:
        kept = {"id": claim.id, "device_ids": _array(written.device_ids)}
        sql.execute("warranty", "shrink_batch", kept)
    closed = sql.fetch(
        "warranty",
        "close_batch",
        {
            "id": claim.id,
            "lease": claim.lease,
            "state": written.state,
            "outcomes": _array(written.outcomes),
            "tally": json.dumps(written.tally),
            "is_asked": move.is_asked,
            "is_simulated": move.is_simulated and bool(move.answered),
            "resume": move.resume,
            "asked_at": claim.asked_at,
            "attempts": move.attempts,
            "looks": move.looks,
            "wait": move.wait.total_seconds(),
        },
    )
    return bool(closed)


def _split(move: Move, devices: Sequence[int]) -> bool:
    """Give devices of a claimed batch one of their own; False when the lease is lost."""
    params = {
        "id": move.claim.id,
        "lease": move.claim.lease,
        "device_ids": _array(devices),
        "attempts": move.attempts,
        "is_asked": move.is_asked,
    }
    return bool(sql.execute("warranty", "split_batch", params))


def _array(values: Sequence[int] | Sequence[str]) -> str:
    """Ids or outcomes as PostgreSQL reads an array: the driver takes ten times as long."""
    return "{" + ",".join([str(value) or '""' for value in values]) + "}"


def end_provider(
    *,
    tenant: int,
    run_id: int,
    provider: str,
    reason: Reason,
    sight: Scope,
    now: datetime,
    asked: int | None = None,
) -> bool:
    """End all open batches of a run at one provider: their devices get the reason (W15).

    `asked` is the batch whose call had this end. Of devices that no call was made for nobody says
    that they were tried. True when there were other machines than had been planned, which are
    planned anew for a provider of their own (W17).
    """
    has_planned = False
    while True:
        with tenant_scope([tenant]):
            ended, is_planned = end_asking(
                tenant=tenant,
                run_id=run_id,
                provider=provider,
                outcome=reason,
                sight=sight,
                now=now,
            )
            has_planned = has_planned or is_planned
            tried: list[tuple[int, str]] = []
            others: list[tuple[int, str]] = []
            for batch in ended:
                group = tried if batch.is_asked or batch.id == asked else others
                group += [(device, str(reason)) for device in batch.devices_with(reason)]
            if tried or others:
                store_answers(
                    tenant=tenant,
                    source=provider,
                    answers=(),
                    unanswered=tried,
                    unasked=others,
                    now=now,
                )
        if not ended:
            return has_planned


class EndedBatch(NamedTuple):
    """A batch that was ended without a call; `is_asked`: one was made before."""

    id: int
    device_ids: Sequence[int]
    outcomes: Sequence[str]
    is_asked: bool

    def devices_with(self, outcome: str) -> list[int]:
        pairs = zip(self.device_ids, self.outcomes, strict=True)
        return [device for device, word in pairs if word == outcome]

    def without(self, leaving: Collection[int]) -> EndedBatch:
        """The same batch without some of its devices."""
        pairs = zip(self.device_ids, self.outcomes, strict=True)
        kept = [pair for pair in pairs if pair[0] not in leaving]
        return self._replace(device_ids=[d for d, _ in kept], outcomes=[word for _, word in kept])


def end_asking(
    *, tenant: int, run_id: int, provider: str, outcome: str, sight: Scope, now: datetime
) -> tuple[list[EndedBatch], bool]:
    """End the next open batches of a run at a provider, within the caller's transaction.

    Devices that are other machines by now are planned anew (W17), and whether there were any is
    told: they may be another provider's, who is still asked.
    """
    # From here on none becomes another machine.
    sql.fetch("warranty", "lock_mark", {"tenant": tenant})
    ended = end_batches(run_id, provider, state="DONE", outcome=outcome, most=END_BATCHES)
    params = {"tenant": tenant, "batches": [batch.id for batch in ended], "outcome": outcome}
    changed = [row[0] for row in sql.fetch("warranty", "list_changed", params)]
    if not changed:
        return ended, False
    # Their coverage, of all of them, before planning tallies: whoever stores answers holds theirs
    # and waits for the tally.
    stage_devices(device for batch in ended for device in batch.devices_with(outcome))
    lock_coverage(tenant)
    run = Run.objects.get(id=run_id)
    planned = set(plan_devices(run, changed, sight=sight, now=now))
    return [_left(batch, planned) for batch in ended], bool(planned)


def _left(batch: EndedBatch, planned: set[int]) -> EndedBatch:
    """The batch without the devices that are in another one now."""
    if planned.isdisjoint(batch.device_ids):
        return batch
    left = batch.without(planned)
    kept = {"id": batch.id, "device_ids": _array(left.device_ids)}
    sql.execute("warranty", "shrink_batch", kept)
    return left


def end_batches(
    run_id: int, provider: str | None, *, state: str, outcome: str, most: int
) -> list[EndedBatch]:
    """End open batches within the caller's transaction."""
    params = {
        "run": run_id,
        "provider": provider,
        "state": state,
        "outcome": outcome,
        "most": most,
    }
    return [EndedBatch(*row) for row in sql.fetch("warranty", "end_batches", params)]


def next_due(tenant: int, run_id: int, provider: str) -> datetime | None:
    """When the next open batch may be asked, or a lease ends; None when no batch is open."""
    with tenant_scope([tenant]):
        batches = Batch.objects.filter(
            run_id=run_id, provider=provider, state__in=["OPEN", "CLAIMED"]
        )
        found: datetime | None = batches.order_by("due_at").values_list("due_at", flat=True).first()
        return found
