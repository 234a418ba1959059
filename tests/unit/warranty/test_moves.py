"""What becomes of a batch after a call: no device is lost, none is doubled (W14, W15)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleetward.warranty.actions.moves import (
    MOST_LOOKS,
    Claim,
    Move,
    abandoned,
    after_page,
    after_step,
    rewrite,
    unasked,
    without,
)
from fleetward.warranty.contracts import Answer, AnswerKind, DeviceKey, Page, Reason
from fleetward.warranty.rules import PATIENT, Step, StepKind

LEASE = datetime(2026, 11, 22, tzinfo=UTC)


def claim(size: int, *, missing: int = 0, closed: int = 0, **fields: int) -> Claim:
    """Devices 1 to `size`: the first ones closed before, the last ones deleted since."""
    ids = list(range(1, size + 1))
    outcomes = ["FOUND"] * closed + [""] * (size - closed)
    keys = {device: DeviceKey(f"S{device}") for device in ids[closed : size - missing]}
    counts = {"attempts": 0, "looks": 0, **fields}
    return Claim(7, LEASE, ids, outcomes, "mark", keys=keys, **counts)


def answer(device: int) -> Answer:
    return Answer(DeviceKey(f"S{device}"), AnswerKind.FOUND)


def devices_of(move: Move) -> list[int]:
    written = rewrite(move)
    assert sum(written.tally.values()) == sum(1 for word in written.outcomes if word)
    return sorted(written.device_ids + [device for part in written.new for device in part])


@given(
    size=st.integers(1, 30),
    answered=st.sets(st.integers(1, 30)),
    missing=st.integers(0, 3),
    closed=st.integers(0, 3),
    is_last=st.booleans(),
    attempts=st.integers(0, 9),
)
def test_every_device_is_in_one_batch_after_any_page(
    size: int, answered: set[int], missing: int, closed: int, is_last: bool, attempts: int
) -> None:
    size = max(size, missing + closed)
    page = Page([answer(d) for d in answered], resume=None if is_last else "more")
    move = after_page(claim(size, missing=missing, closed=closed, attempts=attempts), page)
    assert devices_of(move) == list(range(1, size + 1))


@given(
    size=st.integers(1, 12),
    answered=st.sets(st.integers(1, 12)),
    changed=st.sets(st.integers(1, 12)),
    closed=st.integers(0, 3),
    is_last=st.booleans(),
)
def test_w17_every_device_is_in_one_batch_when_some_are_other_machines(
    size: int, answered: set[int], changed: set[int], closed: int, is_last: bool
) -> None:
    size = max(size, closed)
    page = Page([answer(d) for d in answered], resume=None if is_last else "more")
    move = without(after_page(claim(size, closed=closed), page), changed - set(range(closed + 1)))
    assert devices_of(move) == list(range(1, size + 1))
    outcomes = move.outcomes()
    assert not any(outcomes.get(device) for device in changed if device > closed)


def test_w17_what_ended_for_another_machine_is_open_again_beside_the_others() -> None:
    ended = after_step(claim(3, closed=1), Step(StepKind.GIVE_UP, Reason.VENDOR_DOWN))
    written = rewrite(without(ended, {2}))
    assert (written.state, written.device_ids, written.new) == ("DONE", [1, 3], [[2]])


def test_w17_a_vendors_job_goes_on_for_the_other_machines() -> None:
    page = Page([answer(1), answer(2)], resume="more")
    written = rewrite(without(after_page(claim(3), page), {2}))
    assert (written.state, written.outcomes, written.new) == ("OPEN", ["FOUND", ""], [[2]])


@given(size=st.integers(1, 30), kind=st.sampled_from(StepKind), missing=st.integers(0, 1))
def test_every_device_is_in_one_batch_after_any_trouble(
    size: int, kind: StepKind, missing: int
) -> None:
    move = after_step(claim(size, missing=missing), Step(kind, Reason.VENDOR_DOWN))
    assert devices_of(move) == list(range(1, size + 1))


def test_what_an_answer_leaves_out_is_asked_for_again_in_a_smaller_batch() -> None:
    written = rewrite(after_page(claim(4), Page([answer(1), answer(3)])))
    assert (written.state, written.device_ids, written.new) == ("DONE", [1, 3], [[2, 4]])


def test_what_is_left_out_again_and_again_is_halved_until_it_is_alone() -> None:
    late = after_page(claim(3, attempts=PATIENT.attempts - 1), Page([answer(1)]))
    alone = after_page(claim(1, attempts=PATIENT.attempts - 1), Page())
    assert rewrite(late).new == [[2], [3]]
    assert rewrite(alone).outcomes == [Reason.ANSWER_UNREADABLE]


def test_halving_begins_anew_without_the_vendors_mark() -> None:
    written = after_step(claim(5), Step(StepKind.HALVE, Reason.ANSWER_UNREADABLE))
    assert (written.resume, rewrite(written).device_ids, rewrite(written).new) == (
        "",
        [1, 2],
        [[3, 4, 5]],
    )


def test_a_retry_keeps_the_vendors_mark_and_waits() -> None:
    step = Step(StepKind.RETRY, Reason.VENDOR_DOWN, timedelta(seconds=8))
    move = after_step(claim(2, attempts=1), step)
    assert (move.resume, move.wait, move.attempts) == ("mark", timedelta(seconds=8), 2)
    assert rewrite(move).state == "OPEN"


def test_a_vendors_job_that_never_ends_is_given_up() -> None:
    move = after_page(claim(2, looks=MOST_LOOKS), Page(resume="more"))
    assert rewrite(move).outcomes == [Reason.VENDOR_DOWN] * 2


def test_a_batch_that_was_not_asked_about_is_put_back_as_it_was() -> None:
    move = unasked(claim(2, attempts=3, looks=4), timedelta(seconds=5))
    assert (move.resume, move.attempts, move.looks, rewrite(move).state) == ("mark", 3, 4, "OPEN")
    assert not move.is_asked


def test_a_batch_whose_workers_died_ends_without_blaming_the_vendor() -> None:
    move = abandoned(claim(3, closed=1, missing=1))
    assert rewrite(move).outcomes == ["FOUND", "STOPPED", "DELETED"]
    assert (move.unanswered(), move.is_asked) == ([], False)
