"""E12, W9: two operators set a list of the installation at once, and one whole list stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.db import IntegrityError

from fleetward.devices.actions import junk
from fleetward.devices.queries.junk import junk_serials
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.warranty.actions import not_cover
from fleetward.warranty.actions.answers import not_cover_list
from fleetward.warranty.contracts import NotCover
from tests.cast import NOW
from tests.plugins.database import FreshDatabase
from tests.races import at_once

OPERATOR = Actor(ActorKind.SYSTEM, "operator", is_operator=True)
FIRST, SECOND = ["ALPHA", "BOTH"], ["BETA", "BOTH"]
ONE, OTHER = ["ALPHA"], ["BETA"]
Replace = Callable[[Sequence[str]], object]


def set_junk(words: Sequence[str]) -> None:
    junk.change_junk_serials(actor=OPERATOR, serials=words, now=NOW)


def set_not_cover(words: Sequence[str]) -> None:
    entries = [NotCover("dell", word) for word in words]
    not_cover.change_not_cover(actor=OPERATOR, entries=entries, now=NOW)


def codes() -> list[str]:
    return [entry.code for entry in not_cover_list()]


LISTS = {"junk serials": (set_junk, junk_serials), "not cover": (set_not_cover, codes)}


@pytest.fixture(params=LISTS)
def kept(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase
) -> tuple[Replace, Callable[[], list[str]]]:
    """How a list is set, and what it is."""
    found: tuple[Replace, Callable[[], list[str]]] = LISTS[request.param]
    return found


def set_at_once(replace: Replace, first: Sequence[str], second: Sequence[str]) -> None:
    at_once([], lambda: replace(first), lambda: replace(second))


def test_of_two_lists_set_at_once_the_later_one_stands_whole(
    kept: tuple[Replace, Callable[[], list[str]]],
) -> None:
    replace, present = kept
    set_at_once(replace, FIRST, SECOND)
    assert present() == SECOND


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (junk, not_cover):
        monkeypatch.setattr(module, "take_turns", lambda model: None)


def test_control_without_turns_lists_mix(
    kept: tuple[Replace, Callable[[], list[str]]], unguarded: None
) -> None:
    replace, present = kept
    set_at_once(replace, ONE, OTHER)
    assert sorted(present()) == ["ALPHA", "BETA"]


def test_control_without_turns_lists_collide(
    kept: tuple[Replace, Callable[[], list[str]]], unguarded: None
) -> None:
    with pytest.raises(IntegrityError):
        set_at_once(kept[0], FIRST, SECOND)
