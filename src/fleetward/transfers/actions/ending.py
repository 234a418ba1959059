"""How a transfer goes on by itself: its preview is ready, it is refused, or over; told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.contracts import Problem
from fleetward.infra import sql
from fleetward.infra.tx import after_commit, wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.transfers.actions.queueing import SLICE_LOCK, worker_of
from fleetward.transfers.actions.telling import (
    tell_discarded,
    tell_over,
    tell_ready,
    tell_refused,
)
from fleetward.transfers.contracts import (
    UNMOVED,
    Preview,
    RowOutcome,
    TransferBroken,
    TransferKind,
    TransferState,
)
from fleetward.transfers.models import Arrival, Transfer
from fleetward.transfers.queries import CONTEXT, find_transfer
from fleetward.transfers.store import folder_of


@use_case
def get_ready(*, actor: Actor, found: Transfer, preview: Preview, now: datetime) -> None:
    """The preview is made: somebody can start it."""
    held = _held(found, {TransferState.MATCHING})
    if held is None:
        return
    held.state, held.preview, held.expected = TransferState.READY, asdict(preview), held.counts
    held.done_rows, held.heartbeat_at = 0, now
    held.save(update_fields=["state", "preview", "expected", "done_rows", "heartbeat_at"])
    tell_ready(held, now)
    after_commit(folder_of(held.uid).discard)


def refuse(*, found: Transfer, error: DomainError, now: datetime) -> None:
    """The file is refused as a whole; nothing has moved (X4)."""
    _refuse(actor=worker_of(found), found=found, error=error, now=now)


@use_case
def _refuse(*, actor: Actor, found: Transfer, error: DomainError, now: datetime) -> None:
    held = _held(found, UNMOVED)
    if held is None:
        return
    held.state, held.finished_at = TransferState.REFUSED, now
    held.reading, held.groups, held.rows = found.reading, found.groups, found.rows
    held.problem = asdict(Problem.of(error))
    held.save(update_fields=["state", "finished_at", "reading", "groups", "rows", "problem"])
    record(
        actor=actor,
        verb=Verb.TRANSFER_REFUSED,
        tenant=held.partner_id,
        subject=f"transfer:{held.uid}",
        details={"file": held.file_name, "refused": error.code},
        now=now,
    )
    tell_refused(held, now)
    if not held.groups:
        # A mixed file waits a day for somebody who splits it.
        after_commit(folder_of(held.uid).discard)


def discard(*, actor: Actor, held: Transfer, now: datetime, is_told: bool = False) -> None:
    """Within a use case that ends a transfer of which nothing has moved."""
    held.state, held.finished_at = TransferState.DISCARDED, now
    held.save(update_fields=["state", "finished_at"])
    record(
        actor=actor,
        verb=Verb.TRANSFER_DISCARDED,
        tenant=held.partner_id,
        subject=f"transfer:{held.uid}",
        details={"file": held.file_name},
        now=now,
    )
    if is_told:
        tell_discarded(held, now)
    after_commit(folder_of(held.uid).discard)


def finish(*, found: Transfer, now: datetime) -> None:
    """Every row has its outcome."""
    _finish(actor=worker_of(found), found=found, now=now)


@use_case
def _finish(*, actor: Actor, found: Transfer, now: datetime) -> None:
    held = _held(found, {TransferState.RUNNING, TransferState.CANCELLING})
    if held is not None:
        _end(actor, held, TransferState.DONE, now)


def stop(*, found: Transfer, error: DomainError, ended: RowOutcome, now: datetime) -> None:
    """It cannot go on: what has moved stays moved, every other row fails with the reason."""
    close(
        actor=worker_of(found),
        found=found,
        state=TransferState.STOPPED,
        ended=ended,
        now=now,
        problem=error,
    )


@use_case
def close(
    *,
    actor: Actor,
    found: Transfer,
    state: TransferState,
    ended: RowOutcome,
    now: datetime,
    problem: DomainError | None = None,
) -> None:
    """Give the rows that are left their outcome, and end the transfer."""
    held = _held(found, {TransferState.RUNNING, TransferState.CANCELLING})
    if held is None:
        return
    params = {
        "tenant": held.tenant_id,
        "transfer": held.id,
        "outcome": str(ended),
    }
    counts = Counter(held.counts)
    counts[str(ended)] += sql.execute(CONTEXT, "end_rows", params)
    del counts[str(RowOutcome.FOUND)]
    held.counts = {word: number for word, number in counts.items() if number}
    held.problem = asdict(Problem.of(problem)) if problem else None
    _end(actor, held, state, now)


def break_transfer(*, tenant: int, transfer: int, now: datetime) -> None:
    """The last try of a job has failed. Repeat: one that has ended is left alone."""
    found = find_transfer(tenant=tenant, transfer=transfer)
    if found is None:
        return
    if found.state in UNMOVED:
        refuse(found=found, error=TransferBroken(), now=now)
    else:
        stop(found=found, error=TransferBroken(), ended=RowOutcome.STOPPED, now=now)


def _held(found: Transfer, states: Collection[TransferState]) -> Transfer | None:
    """The transfer locked, if it is in one of the states: of several workers one tells the end.

    No slice of it is under way then.
    """
    wait_turn(SLICE_LOCK, found.id)
    ours = Transfer.objects.select_for_update(of=("self",)).filter(id=found.id, state__in=states)
    return ours.select_related("tenant", "partner", "target").first()


def _end(actor: Actor, held: Transfer, state: TransferState, now: datetime) -> None:
    """Digest, trail of source, target and partner (X11), what arrived, and the news (X7)."""
    params = {"tenant": held.tenant_id, "transfer": held.id}
    held.outcome_digest = sql.fetch(CONTEXT, "digest_rows", params)[0][0]
    held.state, held.finished_at, held.done_rows = state, now, held.rows
    held.save(
        update_fields=[
            "state",
            "finished_at",
            "done_rows",
            "counts",
            "problem",
            "outcome_digest",
        ]
    )
    moved = moved_of(held)
    _record_end(actor, held, moved, now)
    if moved:
        assert held.target is not None
        Arrival.objects.create(
            tenant=held.tenant if _is_undo(held) else held.target,
            transfer_id=held.id,
            partner=held.partner.name,
            devices=moved,
            merged=held.counts.get(RowOutcome.MERGED, 0),
            is_return=_is_undo(held),
            arrived_at=now,
        )
    tell_over(held, moved, now)


def moved_of(held: Transfer) -> int:
    return sum(number for word, number in held.counts.items() if RowOutcome(word).is_success)


def _is_undo(held: Transfer) -> bool:
    return held.kind == TransferKind.UNDO


def _record_end(actor: Actor, held: Transfer, moved: int, now: datetime) -> None:
    """One entry for each tenant concerned. Source and target learn of their partner only, and of
    whom it moved devices for."""
    assert held.target is not None
    counts = {word.lower(): number for word, number in held.counts.items()}
    whole = {
        "by": held.started_by,
        "file": held.file_name,
        "kind": held.kind,
        "state": held.state,
        "source": held.tenant.customer_id,
        "target": held.target.customer_id,
        "rows": held.rows,
        **counts,
        "outcomes_sha256": held.outcome_digest,
    }
    seen = {"partner": held.partner.name, "kind": held.kind, "devices": moved}
    digest = {"outcomes_sha256": held.outcome_digest}
    came, went = (
        (held.tenant_id, held.target_id) if _is_undo(held) else (held.target_id, held.tenant_id)
    )
    subject = f"transfer:{held.uid}"
    record(
        actor=actor,
        verb=Verb.TRANSFER_EXECUTED,
        tenant=held.partner_id,
        subject=subject,
        details=whole,
        now=now,
    )
    if not moved:
        return
    for tenant, verb in ((went, Verb.TRANSFER_SENT), (came, Verb.TRANSFER_RECEIVED)):
        record(
            actor=actor, verb=verb, tenant=tenant, subject=subject, details=seen | digest, now=now
        )
