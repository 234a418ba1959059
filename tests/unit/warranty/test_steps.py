"""What a run does after trouble (W15), as tables."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.warranty.contracts import Reason, Trouble
from fleetward.warranty.rules import Patience, Step, StepKind, next_step

PATIENCE = Patience(
    attempts=4,
    first_wait=timedelta(seconds=2),
    ceiling=timedelta(seconds=10),
    longest_wait=timedelta(seconds=60),
)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.LOGIN_REQUIRED, Reason.SIGN_IN_NEEDED),
        (Trouble.CREDENTIALS_EXPIRED, Reason.CREDENTIALS_REFUSED),
        (Trouble.NOT_PERMITTED, Reason.CREDENTIALS_REFUSED),
    ],
)
def test_w15_refused_access_pauses_the_connection_at_once(trouble: Trouble, reason: Reason) -> None:
    assert next_step(trouble, 1) == Step(StepKind.PAUSE_CONNECTION, reason)


def test_w15_an_address_that_may_not_be_called_blames_no_credentials() -> None:
    assert next_step(Trouble.NOT_CALLED, 1) == Step(StepKind.GIVE_UP, Reason.VENDOR_DOWN)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.RATE_LIMITED, Reason.QUOTA_REACHED),
        (Trouble.UNREACHABLE, Reason.VENDOR_DOWN),
    ],
)
@pytest.mark.parametrize(("attempt", "wait"), [(1, 2), (2, 4), (3, 8)])
def test_w15_waits_double(trouble: Trouble, reason: Reason, attempt: int, wait: int) -> None:
    step = next_step(trouble, attempt, patience=PATIENCE)
    assert step == Step(StepKind.RETRY, reason, seconds(wait))


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.RATE_LIMITED, Reason.QUOTA_REACHED),
        (Trouble.UNREACHABLE, Reason.VENDOR_DOWN),
    ],
)
def test_w15_the_last_attempt_gives_up_with_its_reason(trouble: Trouble, reason: Reason) -> None:
    assert next_step(trouble, 4, patience=PATIENCE) == Step(StepKind.GIVE_UP, reason)


def test_w15_waits_stop_growing_at_the_ceiling() -> None:
    many = Patience(attempts=10_000)
    assert next_step(Trouble.UNREACHABLE, 9_999, patience=many).wait == many.ceiling


@pytest.mark.parametrize(("jitter", "wait"), [(0.0, 4), (0.5, 3), (1.0, 2)])
def test_w15_jitter_takes_up_to_half_of_a_wait(jitter: float, wait: float) -> None:
    assert next_step(Trouble.UNREACHABLE, 2, jitter=jitter).wait == seconds(wait)


@pytest.mark.parametrize("jitter", [0.0, 0.3, 1.0])
def test_w15_never_returns_before_retry_after(jitter: float) -> None:
    step = next_step(Trouble.RATE_LIMITED, 1, seconds(30), jitter=jitter)
    assert step.kind is StepKind.RETRY
    assert seconds(30) <= step.wait <= seconds(32)


def test_w15_a_retry_after_beyond_the_patience_gives_up_instead_of_asking_early() -> None:
    step = next_step(Trouble.RATE_LIMITED, 1, seconds(61), patience=PATIENCE)
    assert step == Step(StepKind.GIVE_UP, Reason.QUOTA_REACHED)


@pytest.mark.parametrize(
    ("size", "kind"), [(100, StepKind.HALVE), (2, StepKind.HALVE), (1, StepKind.GIVE_UP)]
)
def test_an_unreadable_answer_is_halved_until_the_guilty_device_is_alone(
    size: int, kind: StepKind
) -> None:
    step = next_step(Trouble.BAD_ANSWER, 1, size=size)
    assert step == Step(kind, Reason.ANSWER_UNREADABLE)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_a_step(trouble: Trouble) -> None:
    assert next_step(trouble, 1).reason in Reason
