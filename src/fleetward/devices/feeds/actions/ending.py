"""How a feed ends: done, stopped, or refused as a whole; told once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from itertools import islice

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.contracts import Problem
from fleetward.devices.feeds.actions.queueing import worker_of
from fleetward.devices.feeds.actions.reading import rows_left
from fleetward.devices.feeds.actions.slices import SLICE_ROWS, leave
from fleetward.devices.feeds.actions.telling import tell_done, tell_partner, tell_refused
from fleetward.devices.feeds.contracts import WORKING, FeedBroken, FeedState
from fleetward.devices.feeds.queries import CONTEXT, find_feed
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import Feed
from fleetward.infra import sql
from fleetward.infra.tx import after_commit, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.tenancy.queries.directory import list_partners


def finish(*, found: Feed, now: datetime) -> None:
    """Every row has its outcome."""
    _close(found, FeedState.DONE, None, now)


def stop(*, found: Feed, error: DomainError, now: datetime) -> None:
    """It cannot go on: rows so far keep their outcomes, and the others are STOPPED."""
    # Of a file that is gone nobody knows the rows; its feed ends all the same.
    with suppress(OSError):
        _leave_rest(found, now)
    _close(found, FeedState.STOPPED, error, now)


def _leave_rest(found: Feed, now: datetime) -> None:
    """In slices: none of them is long, and the next worker goes on where a killed one was."""
    latest = find_feed(vendor=found.tenant_id, feed=found.id)
    told = rows_left(latest or found)
    while rows := tuple(islice(told, SLICE_ROWS)):
        if not leave(feed=found, rows=rows, now=now):
            return


def _close(found: Feed, state: FeedState, error: DomainError | None, now: datetime) -> None:
    came = _received(found)
    others = [place for pair in came for place in pair]
    actor = worker_of(found, *others)
    _end(actor=actor, found=found, state=state, came=came, error=error, now=now)


def _received(found: Feed) -> dict[tuple[int, int], int]:
    """How many devices came to each partner and its holding tenant."""
    with tenant_scope([found.tenant_id]):
        params = {"tenant": found.tenant_id, "feed": found.id}
        counts = dict(sql.fetch(CONTEXT, "count_held", params))
    if not counts:
        return {}
    holdings = {one.tenant.id: one.holding for one in list_partners()}
    return {
        (partner, holding): number
        for partner, number in counts.items()
        if (holding := holdings.get(partner)) is not None
    }


@use_case
def _end(
    *,
    actor: Actor,
    found: Feed,
    state: FeedState,
    came: dict[tuple[int, int], int],
    error: DomainError | None,
    now: datetime,
) -> None:
    held = _held(found)
    if held is None:
        return
    params = {"tenant": held.tenant_id, "feed": held.id}
    held.outcome_digest = sql.fetch(CONTEXT, "digest_rows", params)[0][0]
    held.state, held.finished_at = state, now
    held.problem = asdict(Problem.of(error)) if error else None
    held.save(update_fields=["state", "finished_at", "outcome_digest", "problem"])
    digest: dict[str, object] = {"outcomes_sha256": held.outcome_digest}
    counts = {word.lower(): number for word, number in sorted(held.counts.items())}
    whole = {"file": held.file_name, "state": str(state), "rows": held.rows, **counts}
    subject = f"feed:{held.uid}"
    record(
        actor=actor,
        verb=Verb.FEED_DONE,
        tenant=held.tenant_id,
        subject=subject,
        details=whole | digest,
        now=now,
    )
    tell_done(held, now)
    for (partner, holding), number in sorted(came.items()):
        # Nothing of the file: it names other partners' machines as well.
        record(
            actor=actor,
            verb=Verb.FEED_RECEIVED,
            tenant=holding,
            subject=subject,
            details={"devices": number, **digest},
            now=now,
        )
        tell_partner(held, partner, number, now)
    after_commit(folder_of(held.uid).discard)


def refuse(*, found: Feed, error: DomainError, now: datetime) -> None:
    """The file cannot be read as a whole; nothing has changed."""
    _refuse(actor=worker_of(found), found=found, error=error, now=now)


@use_case
def _refuse(*, actor: Actor, found: Feed, error: DomainError, now: datetime) -> None:
    held = _held(found)
    if held is None:
        return
    held.state, held.finished_at = FeedState.REFUSED, now
    held.problem = asdict(Problem.of(error))
    held.save(update_fields=["state", "finished_at", "problem"])
    record(
        actor=actor,
        verb=Verb.FEED_REFUSED,
        tenant=held.tenant_id,
        subject=f"feed:{held.uid}",
        details={"file": held.file_name, "refused": error.code},
        now=now,
    )
    tell_refused(held, now)
    after_commit(folder_of(held.uid).discard)


def break_feed(*, vendor: int, feed: int, now: datetime) -> None:
    """The last try of the job has failed. Repeat: one that has ended is left alone."""
    found = find_feed(vendor=vendor, feed=feed)
    if found is None:
        return
    end = stop if found.state == FeedState.RUNNING else refuse
    end(found=found, error=FeedBroken(), now=now)


def _held(found: Feed) -> Feed | None:
    """The feed locked, unless it has ended: of several workers one tells the end."""
    ours = Feed.objects.select_for_update().filter(id=found.id, state__in=sorted(WORKING))
    return ours.first()
