"""A job that another job enqueues is stored with that one's change: not before, and not without."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import transaction

from fleetward.infra.jobs import enqueue, job

done: list[str] = []


class ThoughtBetter(Exception):
    """The change is not to be."""


@job("tests.asked_for")
def asked_for(*, number: int) -> None:
    done.append("the other")


@job("tests.asks_for_another")
def asks_for_another(*, number: int) -> None:
    """Its change is not committed if the number is 0."""
    with suppress(ThoughtBetter), transaction.atomic():
        enqueue("tests.asked_for", number=number)
        if not number:
            raise ThoughtBetter
    done.append("the first")


@pytest.mark.parametrize(
    ("number", "expected"), [(0, ["the first"]), (1, ["the first", "the other"])]
)
def test_a_job_of_a_job_comes_if_the_change_is_there(
    run_jobs: Callable[[], None], number: int, expected: list[str]
) -> None:
    done.clear()
    enqueue("tests.asks_for_another", number=number)
    run_jobs()
    assert done == expected
