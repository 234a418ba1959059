"""What becomes of a batch after a call: pure, so that every case can be tried without a vendor.

A move gives devices their outcomes and says what happens to those that are still open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fleetward.warranty.contracts import (
    DELETED,
    FOUND,
    NOT_FOUND,
    STOPPED,
    Answer,
    AnswerKind,
    DeviceKey,
    Page,
    Reason,
)
from fleetward.warranty.rules import PATIENT, Step, StepKind

# A vendor's job that is never done is given up: looks slow down to one in 30 s, so after 8 hours.
MOST_LOOKS = 1_000
SLOWEST_LOOK = 30


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch that this worker holds until `lease`; `keys` are its open devices that exist.

    `mark` is the tenant's count of changed identities before the keys were read (W17). `kept` is
    the page that a worker before us was given and did not store. `asked_at` is when the provider
    was asked, first where it answers with a job of its own; None before that.
    """

    id: int
    lease: datetime
    device_ids: Sequence[int]
    outcomes: Sequence[str]
    resume: str
    attempts: int
    looks: int
    mark: int = 0
    kept: bytes | None = None
    asked_at: datetime | None = None
    keys: Mapping[int, DeviceKey] = field(default_factory=dict)

    @property
    def open_ids(self) -> list[int]:
        pairs = zip(self.device_ids, self.outcomes, strict=True)
        return [device for device, outcome in pairs if not outcome]

    def asked(self, now: datetime) -> Claim:
        return self if self.asked_at else replace(self, asked_at=now)

    def without(self, leaving: Collection[int]) -> Claim:
        """The same batch without some of its devices."""
        pairs = zip(self.device_ids, self.outcomes, strict=True)
        kept = [pair for pair in pairs if pair[0] not in leaving]
        return replace(self, device_ids=[d for d, _ in kept], outcomes=[word for _, word in kept])


@dataclass(frozen=True, slots=True)
class Move:
    """`ended` are devices that end without an answer, by outcome. `parts` become batches of their
    own; other open devices stay, due again after `wait`. `is_asked`: the call was made.
    """

    claim: Claim
    answered: Mapping[int, Answer] = field(default_factory=dict)
    ended: Mapping[int, str] = field(default_factory=dict)
    parts: Sequence[Sequence[int]] = ()
    resume: str = ""
    wait: timedelta = timedelta(0)
    attempts: int = 0
    looks: int = 0
    is_asked: bool = True
    is_simulated: bool = False

    def outcomes(self) -> dict[int, str]:
        """The outcome of every device of the batch, '' for those still open."""
        pairs = zip(self.claim.device_ids, self.claim.outcomes, strict=True)
        known = dict(pairs)
        known.update(self.ended)
        known.update({device: outcome_of(answer) for device, answer in self.answered.items()})
        return known

    def asked(self) -> dict[int, str]:
        """When devices were asked about, of those that have ended."""
        asked_at = self.claim.asked_at
        return dict.fromkeys([*self.answered, *self.ended], str(asked_at)) if asked_at else {}

    def unanswered(self) -> list[tuple[int, str]]:
        """Devices whose coverage must say why there is no answer."""
        return [
            (device, why) for device, why in self.ended.items() if why not in (DELETED, STOPPED)
        ]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What is stored: the batch itself, and new ones for the parts that it does not keep."""

    state: str
    device_ids: list[int]
    outcomes: list[str]
    tally: dict[str, int]
    new: list[list[int]]


def rewrite(move: Move) -> Rewrite:
    """No device is lost and none is doubled: each is in the batch or in exactly one new one."""
    outcomes = move.outcomes()
    new = [list(part) for part in move.parts if part]
    leaving = {device for part in new for device in part}
    kept = {device: word for device, word in outcomes.items() if device not in leaving}
    if not kept:
        kept, new = dict.fromkeys(new[0], ""), new[1:]
    return Rewrite(
        state="DONE" if all(kept.values()) else "OPEN",
        device_ids=list(kept),
        outcomes=list(kept.values()),
        tally=dict(Counter(word for word in kept.values() if word)),
        new=new,
    )


def outcome_of(answer: Answer) -> str:
    if answer.kind is AnswerKind.FOUND:
        return FOUND
    if answer.kind is AnswerKind.NOT_FOUND:
        return NOT_FOUND
    return answer.reason or Reason.ANSWER_UNREADABLE


def gone(claim: Claim) -> dict[int, str]:
    """Devices that were deleted since the run was planned."""
    return {device: DELETED for device in claim.open_ids if device not in claim.keys}


def without(move: Move, changed: Collection[int]) -> Move:
    """The same, but what was said of devices that are other machines by now is not (W17).

    They stay open, in a batch of their own that is asked about with what they are now.
    """
    open_again = [device for device in {**move.answered, **move.ended} if device in changed]
    if not open_again:
        return move
    return replace(
        move,
        answered={d: answer for d, answer in move.answered.items() if d not in changed},
        ended={d: outcome for d, outcome in move.ended.items() if d not in changed},
        parts=[*move.parts, open_again],
    )


def unasked(claim: Claim, wait: timedelta) -> Move:
    """A batch that is put back as it was."""
    return Move(
        claim,
        ended=gone(claim),
        resume=claim.resume,
        wait=wait,
        attempts=claim.attempts,
        looks=claim.looks,
        is_asked=False,
    )


def abandoned(claim: Claim) -> Move:
    """A batch whose workers have died one after another: nobody asks about it any more."""
    return _ended(unasked(claim, timedelta(0)), list(claim.keys), STOPPED)


def after_page(claim: Claim, page: Page) -> Move:
    """The answers of a page, by key and never by position (W14); what it left out stays due.

    Left out without a word by the last page, devices are asked about again in a smaller batch, so
    long as that gets anywhere.
    """
    by_key: dict[DeviceKey, list[int]] = {}
    for device, key in claim.keys.items():
        by_key.setdefault(key, []).append(device)
    answered = {device: answer for answer in page.answers for device in by_key.get(answer.key, ())}
    left = [device for device in claim.keys if device not in answered]
    move = Move(claim, answered, gone(claim), is_simulated=page.is_simulated)
    if not left:
        return move
    if page.resume is not None:
        return _looking_again(move, page, left)
    attempts = claim.attempts + 1
    if not answered or attempts >= PATIENT.attempts:
        return halved(move, left)
    return replace(move, parts=[left], attempts=attempts)


def _looking_again(move: Move, page: Page, left: Sequence[int]) -> Move:
    looks = move.claim.looks + 1
    if looks > MOST_LOOKS:
        return _ended(move, left, Reason.VENDOR_DOWN)
    return replace(
        move,
        resume=page.resume or "",
        wait=max(page.wait, timedelta(seconds=min(looks // 4, SLOWEST_LOOK))),
        looks=looks,
        attempts=move.claim.attempts,
    )


def after_step(claim: Claim, step: Step) -> Move:
    """What a run does with a batch after trouble (W15)."""
    move = Move(claim, ended=gone(claim))
    if step.kind is StepKind.HALVE:
        return halved(move, list(claim.keys))
    if step.kind is not StepKind.RETRY:
        return _ended(move, list(claim.keys), step.reason)
    return replace(
        move,
        resume=claim.resume,
        wait=step.wait,
        attempts=claim.attempts + 1,
        looks=claim.looks,
    )


def halved(move: Move, left: Sequence[int]) -> Move:
    """Two batches of half the size; a device alone is the guilty one and ends."""
    if len(left) <= 1:
        return _ended(move, left, Reason.ANSWER_UNREADABLE)
    middle = len(left) // 2
    return replace(move, parts=[left[:middle], left[middle:]], attempts=move.claim.attempts)


def _ended(move: Move, devices: Sequence[int], outcome: str) -> Move:
    return replace(move, ended={**move.ended, **dict.fromkeys(devices, outcome)})
