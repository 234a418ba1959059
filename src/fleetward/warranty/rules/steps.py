"""What a run does after a provider's trouble (W15): decided from its kind and the attempt alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from fleetward.warranty.contracts import Reason, Trouble


class StepKind(StrEnum):
    """RETRY the batch later, HALVE it, PAUSE_CONNECTION for all, or GIVE_UP on its devices."""

    RETRY = "RETRY"
    HALVE = "HALVE"
    PAUSE_CONNECTION = "PAUSE_CONNECTION"
    GIVE_UP = "GIVE_UP"


@dataclass(frozen=True, slots=True)
class Step:
    """The next step. `reason` is what the devices get if they stay without an answer."""

    kind: StepKind
    reason: Reason
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run keeps trying. `longest_wait` also bounds a vendor's Retry-After."""

    attempts: int = 8
    first_wait: timedelta = timedelta(seconds=2)
    ceiling: timedelta = timedelta(minutes=5)
    longest_wait: timedelta = timedelta(hours=1)


PATIENT = Patience()

PAUSES = {
    Trouble.LOGIN_REQUIRED: Reason.SIGN_IN_NEEDED,
    Trouble.CREDENTIALS_EXPIRED: Reason.CREDENTIALS_REFUSED,
    Trouble.NOT_PERMITTED: Reason.CREDENTIALS_REFUSED,
}
RETRIES = {
    Trouble.RATE_LIMITED: Reason.QUOTA_REACHED,
    Trouble.UNREACHABLE: Reason.VENDOR_DOWN,
}


def next_step(
    trouble: Trouble,
    attempt: int,
    retry_after: timedelta | None = None,
    *,
    size: int = 2,
    jitter: float = 0.0,
    patience: Patience = PATIENT,
) -> Step:
    """What to do after the attempt of this number (from 1) failed for a batch of `size` devices.

    `jitter` is a random number from 0 to 1 that keeps workers from returning all at once.
    """
    if trouble in PAUSES:
        return Step(StepKind.PAUSE_CONNECTION, PAUSES[trouble])
    if trouble is Trouble.NOT_CALLED:
        # The operator's to set right: no credentials are to blame, and waiting changes nothing.
        return Step(StepKind.GIVE_UP, Reason.VENDOR_DOWN)
    if trouble is Trouble.BAD_ANSWER:
        # Alone, the device is the guilty one; together, halves find it without losing the others.
        kind = StepKind.HALVE if size > 1 else StepKind.GIVE_UP
        return Step(kind, Reason.ANSWER_UNREADABLE)
    reason = RETRIES[trouble]
    wait = _wait(attempt, retry_after, jitter, patience)
    if attempt >= patience.attempts or wait > patience.longest_wait:
        return Step(StepKind.GIVE_UP, reason)
    return Step(StepKind.RETRY, reason, wait)


def _wait(
    attempt: int, retry_after: timedelta | None, jitter: float, patience: Patience
) -> timedelta:
    """Doubling up to the ceiling; the jitter takes up to half away, or adds to a Retry-After."""
    # The exponent is bounded so that no attempt number can overflow a timedelta.
    doubled = min(patience.first_wait * (1 << min(attempt - 1, 20)), patience.ceiling)
    if retry_after is not None:
        return retry_after + min(doubled, patience.first_wait) * jitter
    return doubled * (1 - jitter / 2)
