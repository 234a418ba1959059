"""Sending the same thing twice begins one bulk change, at once or later (hardening 4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError

from fleetward.devices.bulk.actions import starting
from fleetward.devices.bulk.contracts import BulkKind, BulkRow, SelectionRow
from fleetward.devices.models import BulkRun, Selection
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import DomainError, KeyReused, NotFound
from tests.db.bulk.work import Place
from tests.db.devices.fleet import group_of
from tests.plugins.database import FreshDatabase
from tests.races import at_once

KEY = "k" * (starting.LONGEST_KEY + 1)


def send(place: Place, selection: SelectionRow, location: str = "Lyon") -> BulkRow:
    return place.start(BulkKind.EDIT, {"location": location}, selection, request_key=KEY)


def test_a_key_for_something_else_is_refused(place: Place) -> None:
    place.add(1)
    selection = place.select()
    first = send(place, selection)
    for again in (
        lambda: send(place, selection, "Paris"),
        lambda: send(place, place.select()),
        lambda: place.start(BulkKind.RESTORE, {}, selection, request_key=KEY),
    ):
        with pytest.raises(KeyReused):
            again()
    assert send(place, selection) == first


def test_a_key_holds_when_its_selection_or_the_name_of_its_group_is_gone(place: Place) -> None:
    place.add(1)
    selection, group = place.select(), group_of(place.tenant, "Paris", [])
    asked = {"group": str(group).upper()}
    first = place.start(BulkKind.GROUP_ADD, asked, selection, request_key=KEY)
    with tenant_scope([place.tenant]):
        Selection.objects.all().delete()
    assert place.start(BulkKind.GROUP_ADD, asked, selection, request_key=KEY) == first
    other = {"group": str(uuid.uuid4())}
    with pytest.raises(KeyReused):
        place.start(BulkKind.GROUP_ADD, other, selection, request_key=KEY)


def test_what_is_no_group_is_not_found(place: Place) -> None:
    place.add(1)
    with pytest.raises(NotFound):
        place.start(BulkKind.GROUP_REMOVE, {"group": ""})


def send_at_once(place: Place) -> list[BulkRow]:
    selection, begun = place.select(), list[BulkRow]()
    at_once([place.tenant], *[lambda: begun.append(send(place, selection))] * 2)
    return begun


def test_the_same_request_twice_at_once_begins_one(fresh_database: FreshDatabase) -> None:
    place = Place()
    place.add(1)
    one, other = send_at_once(place)
    assert one == other
    with tenant_scope([place.tenant]):
        assert BulkRun.objects.count() == 1


def test_control_without_the_guard_the_second_request_fails(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place()
    place.add(1)

    @contextmanager
    def unguarded(name: str, error: DomainError) -> Iterator[None]:
        yield

    monkeypatch.setattr(starting, "constrained", unguarded)
    with pytest.raises(IntegrityError, match=starting.KEY_CONSTRAINT):
        send_at_once(place)
