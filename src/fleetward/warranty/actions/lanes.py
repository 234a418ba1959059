"""A lane: asks one provider about the batches of a run, one after another, for some seconds.

Lanes of all workers share the batches by claiming them and the quota by taking slots. A lane gives
its thread back after `SLICE` and lets the queue start it again, so that a worker can be stopped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import random

import structlog

from fleetward.access.contracts import Capability, Scope
from fleetward.access.queries import scope
from fleetward.config.env import env
from fleetward.connections.actions import (
    StoredConnection,
    count_calls,
    note_failure,
    pause_connection,
    take_slot,
)
from fleetward.connections.contracts import Limits, Slot, State
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.keeping import keep_page, kept_page
from fleetward.warranty.actions.moves import (
    Claim,
    Move,
    abandoned,
    after_page,
    after_step,
    unasked,
)
from fleetward.warranty.actions.planning import plan_devices
from fleetward.warranty.actions.settling import end_provider, next_due, settle
from fleetward.warranty.contracts import (
    DeviceKey,
    Page,
    ProviderError,
    Reason,
    Trouble,
    WarrantyProvider,
)
from fleetward.warranty.models import Run
from fleetward.warranty.rules import PATIENT, Step, StepKind, next_step

log = structlog.get_logger(__name__)

SLICE = timedelta(seconds=5)
# Answers wait so long, or until there are so many, to be stored together; their pages are kept.
STORE_AFTER = timedelta(seconds=1)
STORE_DEVICES = 4_000
LONGEST_SLOT = timedelta(seconds=10)
WORTH_STORING_BEFORE = timedelta(seconds=1)
TOO_LATE = 0.2
NO_WAIT = Slot(timedelta(0))
SHORTEST_WAIT = 0.05
# What is claimed together must be asked about within one lease.
CLAIMS_WITHOUT_QUOTA = 4
# Between looks for a slot that is far away: a new secret or setting is noticed so soon.
LONGEST_REST = timedelta(seconds=30)
# A provider that answers nonsense so often in a row talks nonsense to everybody.
MOST_BAD_ANSWERS = 20


@dataclass(eq=False)
class QuotaFarAway(Exception):
    """The next slot is too far away to wait for it with a claimed batch."""

    wait: timedelta


@dataclass(slots=True)
class Lane:
    """One lane at work. `moves` are answered batches that are not stored yet.

    `rest` is how long it makes no sense to start this lane again.
    """

    actor: Actor
    tenant: int
    run_id: int
    provider: WarrantyProvider
    connection: StoredConnection
    limits: Limits
    moves: list[Move] = field(default_factory=list)
    oldest_move: float = 0.0
    is_over: bool = False
    # Whether batches were planned that may be another provider's.
    has_planned: bool = False
    is_disturbed: bool = False
    rest: timedelta = timedelta(0)
    # Claimed batches of which nothing is noted yet.
    held: list[Claim] = field(default_factory=list)

    def work(self) -> timedelta:
        """Ask until the slice ends, nothing is due, or the provider must not be asked any more.

        Returns how long to rest.
        """
        self.connection.pace = self._wait_for_slot
        end = time.monotonic() + SLICE.total_seconds()
        try:
            while not self.is_over and time.monotonic() < end:
                self.held, slot = self.claim()
                if not self.held and not self._wait_for_batch(end - time.monotonic()):
                    break
                while self.held:
                    self._take_turn(self.held[0], slot)
                    self.held.pop(0)
        finally:
            # After a failure of our own the queue starts this lane again: it meets the same batches
            # then, and fails for good if it is they who make it fail.
            for claim in self.held:
                self._add(unasked(claim, NO_WAIT.wait))
            self.store()
        return self.rest

    def _wait_for_batch(self, seconds: float) -> bool:
        """Wait for the next batch if it is due within this slice; False when none is."""
        self.store()
        due_at = next_due(self.tenant, self.run_id, self.provider.traits.key)
        wait = (due_at - utc_now()).total_seconds() if due_at else seconds
        if wait >= seconds:
            return False
        time.sleep(max(wait, SHORTEST_WAIT))
        return True

    def claim(self) -> tuple[list[Claim], Slot]:
        """The next due batches with the keys of their open devices, and their slot.

        All in one transaction that need not reach the disk at once. A crash of the database can
        lose what was claimed in its last half second or so, and not saved by a later commit that
        waited: these batches are asked about again, and their calls count neither for the minute
        nor for the day. The vendor may then refuse a call that we thought we had, which is borne
        like any other quota.
        """
        self.is_disturbed = False
        with tenant_scope([self.tenant]):
            sql.fetch_text("SELECT set_config('synchronous_commit', 'off', true)", ())
            rows = sql.fetch(
                "warranty",
                "claim_batch",
                {
                    "run": self.run_id,
                    "provider": self.provider.traits.key,
                    "seconds": env().warranty.lease_seconds,
                    "most": CLAIMS_WITHOUT_QUOTA if self.limits.is_open else 1,
                    "revision": self.connection.revision,
                },
            )
            if not rows:
                return [], NO_WAIT
            bare = [Claim(*row) for row in rows]
            keys, changed = self._keys(bare)
            if changed:
                bare = self._plan_anew(bare, changed)
            claims = [
                replace(one, keys={d: keys[d] for d in one.open_ids if d in keys}) for one in bare
            ]
            calls = sum(1 for claim in claims if claim.keys and not claim.kept)
            return claims, self._slot(calls) if calls else NO_WAIT

    def _keys(self, claims: Sequence[Claim]) -> tuple[dict[int, DeviceKey], list[int]]:
        """Of the open devices: what to ask with, and those that are other machines by now."""
        batches = [claim.id for claim in claims]
        params = self._sight().params(self.tenant) | {"batches": batches}
        rows = sql.fetch("warranty", "read_keys", params)
        keys = {device: DeviceKey(*key) for device, *key, is_changed in rows if not is_changed}
        return keys, [row[0] for row in rows if row[-1]]

    def _plan_anew(self, claims: Sequence[Claim], changed: Sequence[int]) -> list[Claim]:
        """Move other machines than were planned into batches of their own (W17).

        They may be another provider's, or such as nobody can be asked about.
        """
        run = Run.objects.get(id=self.run_id)
        planned = set(plan_devices(run, changed, sight=self._sight(), now=utc_now()))
        self.has_planned = True
        left = [claim.without(planned) for claim in claims]
        for claim in left:
            params = {"id": claim.id, "device_ids": list(claim.device_ids)}
            sql.execute("warranty", "shrink_batch", params)
        return [claim for claim in left if claim.device_ids]

    def _sight(self) -> Scope:
        return scope(self.actor, Capability.REFRESH_WARRANTY)

    def _take_turn(self, claim: Claim, slot: Slot) -> None:
        """Ask about the batch, unless one before it met trouble that holds all calls."""
        if self.is_disturbed and not claim.kept:
            self._add(unasked(claim, timedelta(0)))
        else:
            self.take_on(claim, slot)

    def take_on(self, claim: Claim, slot: Slot) -> None:
        """Ask about a claimed batch and note what becomes of it."""
        if not claim.keys:
            self._add(unasked(claim, NO_WAIT.wait))
            return
        if claim.attempts >= PATIENT.attempts:
            self._add(abandoned(claim))
            return
        page = kept_page(claim)
        if page is not None:
            self._add(after_page(claim, page))
            return
        try:
            self._wait(slot)
            claim = claim.asked(utc_now())
            page = self._ask(claim)
        except QuotaFarAway as far_away:
            self._give_back(claim, far_away.wait)
        except ProviderError as trouble:
            self._bear(claim, trouble)
        else:
            move = after_page(claim, page)
            if move.parts and not move.answered:
                words = "The answer leaves out every device that was asked for."
                self._bear(claim, ProviderError(Trouble.BAD_ANSWER, words))
            else:
                self._add(move, page)

    def _ask(self, claim: Claim) -> Page:
        keys = list(claim.keys.values())
        return self.provider.ask(self.connection, keys, claim.resume or None)

    def _add(self, move: Move, page: Page | None = None) -> None:
        """Note what becomes of a batch; its `page`, if it was asked for now, is kept."""
        if page:
            keep_page(
                tenant=self.tenant,
                claim=move.claim,
                page=page,
                revision=self.connection.revision,
            )
        if not self.moves:
            self.oldest_move = time.monotonic()
        self.moves.append(move)
        devices = sum(len(one.answered) for one in self.moves)
        age = time.monotonic() - self.oldest_move
        # A vendor's job is written down before anything else: a killed worker goes on with it.
        if devices >= STORE_DEVICES or age >= STORE_AFTER.total_seconds() or move.resume:
            self.store()

    def store(self) -> None:
        """Store what was answered and close its batches, in one transaction."""
        moves, self.moves = self.moves, []
        if moves:
            settle(
                tenant=self.tenant,
                connection=self.connection,
                moves=moves,
                now=utc_now(),
            )

    def _slot(self, calls: int = 1) -> Slot:
        """When the next call may leave, or so many calls where there is no quota."""
        place = {"tenant": self.tenant, "connection_id": self.connection.id}
        if self.limits.is_open:
            return count_calls(**place, calls=calls, most=_longest_wait())
        return take_slot(**place, limits=self.limits, most=_longest_wait())

    def _wait_for_slot(self) -> None:
        """For the call after a sign-in, which has used up the slot of its own."""
        self._wait(self._slot())

    def _wait(self, slot: Slot) -> None:
        """Wait until the quota of all workers lets a call leave (W15). Raises: QuotaFarAway."""
        while slot.is_taken:
            leaves_at = time.monotonic() + slot.wait.total_seconds()
            if slot.wait > WORTH_STORING_BEFORE:
                self.store()
            time.sleep(max(0.0, leaves_at - time.monotonic()))
            # A slot that was overslept is lost: used late, it would be on top of those after it.
            if self.limits.is_open or time.monotonic() - leaves_at < TOO_LATE:
                return
            slot = self._slot()
        raise QuotaFarAway(slot.wait)

    def _give_back(self, claim: Claim, wait: timedelta) -> None:
        """Put a batch back unasked; this lane comes again later, or the provider is over for now.

        A run does not stay open for a quota that comes back tomorrow.
        """
        if wait > PATIENT.longest_wait:
            self._end(Reason.QUOTA_REACHED)
            return
        self.is_over = self.is_disturbed = True
        self.rest = min(wait, LONGEST_REST)
        self._add(unasked(claim, _longest_wait() / 2))

    def _bear(self, claim: Claim, trouble: ProviderError) -> None:
        """Follow `rules.next_step` after trouble, for this batch and for the whole provider."""
        self.is_disturbed = True
        self.store()
        log.info(
            "provider trouble",
            provider=self.provider.traits.key,
            run=self.run_id,
            kind=trouble.kind,
            text=trouble.text,
        )
        jitter, size = random(), len(claim.keys)  # noqa: S311
        attempt = claim.attempts + 1
        step = next_step(trouble.kind, attempt, trouble.retry_after, size=size, jitter=jitter)
        if step.kind is StepKind.PAUSE_CONNECTION:
            self._pause(step, trouble, claim)
            return
        failures = self._note(trouble, jitter)
        of_all = next_step(trouble.kind, failures, trouble.retry_after, jitter=jitter)
        is_nonsense = trouble.kind is Trouble.BAD_ANSWER and failures >= MOST_BAD_ANSWERS
        if of_all.kind is StepKind.GIVE_UP or is_nonsense:
            self._end(of_all.reason, claim)
            return
        self._add(after_step(claim, step))
        self.store()

    def _note(self, trouble: ProviderError, jitter: float) -> int:
        return note_failure(
            tenant=self.tenant,
            connection_id=self.connection.id,
            revision=self.connection.revision,
            text=trouble.text,
            wait_after=lambda failures: (
                next_step(trouble.kind, failures, trouble.retry_after, jitter=jitter).wait
            ),
            now=utc_now(),
        )

    def _pause(self, step: Step, trouble: ProviderError, claim: Claim) -> None:
        pause_connection(
            actor=self.actor,
            tenant=self.tenant,
            provider=self.connection.provider,
            revision=self.connection.revision,
            state=State(step.reason),
            text=trouble.text,
            now=utc_now(),
        )
        self._end(step.reason, claim)

    def _end(self, reason: Reason, asked: Claim | None = None) -> None:
        self.is_over = True
        has_planned = end_provider(
            tenant=self.tenant,
            run_id=self.run_id,
            provider=self.provider.traits.key,
            reason=reason,
            asked=asked.id if asked else None,
            sight=self._sight(),
            now=utc_now(),
        )
        self.has_planned = self.has_planned or has_planned


def _longest_wait() -> timedelta:
    """For a slot, with a claimed batch: well within its lease."""
    return min(LONGEST_SLOT, timedelta(seconds=env().warranty.lease_seconds) / 4)
