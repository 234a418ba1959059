"""The logs: filtered by each column, in the order of time, page by page (L4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from fleetward.audit import queries
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import AuditRow, EntryFilter, LogLevel, LogType, Verb
from fleetward.audit.queries import (
    count_entries,
    each_entry,
    get_entry,
    list_actors,
    list_entries,
)
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import BadCursor, Page, encode_cursor
from tests.cast import NOW, Cast, actor_of

pytestmark = pytest.mark.django_db
# Verb, who, of what; a minute apart, the earliest first.
STORY = (
    (Verb.DEVICE_ADDED, "ada@acme.example", "device:1"),
    (Verb.DEVICE_CHANGED, "bob@acme.example", "device:1"),
    (Verb.DEVICES_DELETED, "ada@acme.example", "device:2"),
    (Verb.CONNECTION_PAUSED, "Bulk processing", "connection:dell"),
    (Verb.USER_REMOVED, "ada@acme.example", "user:7"),
)


@use_case
def act(*, actor: Actor, tenant: int, verb: Verb, subject: str, minute: int) -> None:
    at = NOW + timedelta(minutes=minute)
    record(actor=actor, verb=verb, tenant=tenant, subject=subject, now=at)


def tell(tenant: int, story: Sequence[tuple[Verb, str, str]] = STORY) -> None:
    for minute, (verb, who, subject) in enumerate(story):
        act(
            actor=system_actor(who, tenant),
            tenant=tenant,
            verb=verb,
            subject=subject,
            minute=minute,
        )


@pytest.fixture
def reader(cast: Cast) -> Actor:
    tell(cast.acme.id)
    return actor_of(cast.admin)


def verbs(rows: Sequence[AuditRow]) -> list[str]:
    return [row.verb for row in rows]


@pytest.mark.parametrize(
    ("only", "places"),
    [
        (EntryFilter(), [4, 3, 2, 1, 0]),
        (EntryFilter(since=NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=3)), [2, 1]),
        (EntryFilter(types=(LogType.DEVICES,)), [2, 1, 0]),
        (EntryFilter(verbs=(Verb.USER_REMOVED, Verb.DEVICE_ADDED)), [4, 0]),
        (EntryFilter(levels=(LogLevel.WARNING,)), [4, 2]),
        (EntryFilter(levels=(LogLevel.ERROR,)), [3]),
        (EntryFilter(types=(LogType.DEVICES,), levels=(LogLevel.WARNING,)), [2]),
        (EntryFilter(types=(LogType.DEVICES,), verbs=(Verb.USER_REMOVED,)), []),
        (EntryFilter(actors=("ada@acme.example",)), [4, 2, 0]),
        (EntryFilter(actors=("ada@acme.example", "Bulk processing")), [4, 3, 2, 0]),
        (EntryFilter(actors=("ada@acme.example",), types=(LogType.USERS,)), [4]),
        (EntryFilter(identifier="device:1"), [1, 0]),
        (EntryFilter(identifier=" 1 "), [1, 0]),
        (EntryFilter(identifier="1", actors=("bob@acme.example",)), [1]),
        (EntryFilter(identifier="1", verbs=(Verb.DEVICE_ADDED,)), [0]),
        (EntryFilter(identifier="connection:dell"), [3]),
        (EntryFilter(identifier="9"), []),
        (EntryFilter(actors=("nobody",)), []),
    ],
    ids=str,
)
def test_l4_each_column_filters(
    cast: Cast, reader: Actor, only: EntryFilter, places: list[int]
) -> None:
    expected = [STORY[place][0] for place in places]
    page = list_entries(actor=reader, tenant=cast.acme.id, only=only)
    assert verbs(page.rows) == expected
    upwards = list_entries(actor=reader, tenant=cast.acme.id, only=only, is_ascending=True)
    assert verbs(upwards.rows) == expected[::-1]
    count = count_entries(actor=reader, tenant=cast.acme.id, only=only)
    assert (count.number, count.is_capped) == (len(expected), False)
    with tenant_scope(reader.tenants):
        assert verbs(list(each_entry(cast.acme.id, only))) == expected


@pytest.mark.parametrize(
    "only",
    [EntryFilter(), EntryFilter(levels=tuple(LogLevel)), EntryFilter(identifier="1")],
    ids=["all", "merged", "identifier"],
)
@pytest.mark.parametrize("is_ascending", [True, False])
def test_pages_lead_forth_and_back(cast: Cast, only: EntryFilter, is_ascending: bool) -> None:
    actor = actor_of(cast.admin)
    # All of one moment: the order is that of their coming.
    for number in range(7):
        act(
            actor=actor,
            tenant=cast.acme.id,
            verb=[Verb.DEVICE_ADDED, Verb.USER_REMOVED][number % 2],
            subject="device:1",
            minute=0,
        )

    def page(cursor: str | None) -> Page[AuditRow]:
        return list_entries(
            actor=actor,
            tenant=cast.acme.id,
            cursor=cursor,
            limit=3,
            only=only,
            is_ascending=is_ascending,
        )

    first = page(None)
    second = page(first.after)
    third = page(second.after)
    assert (first.before, third.after) == (None, None)
    uids = [row.uid for one in (first, second, third) for row in one.rows]
    assert len(uids) == len(set(uids)) == 7
    assert page(third.before) == second
    back = page(second.before)
    assert (back.rows, back.before) == (first.rows, None)
    assert page(back.after).rows == second.rows


@pytest.mark.parametrize(
    "values",
    [
        [1],
        ["c", NOW.isoformat(), 1],
        ["a", "never", 1],
        ["a", "2026-11-22", 1],
        ["a", None, 1],
        ["a", NOW.isoformat(), None],
        ["a", NOW.isoformat(), 2**70],
    ],
    ids=str,
)
def test_a_page_mark_of_another_list_is_refused(cast: Cast, values: list[object]) -> None:
    with pytest.raises(BadCursor):
        list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id, cursor=encode_cursor(values))


def test_what_is_too_many_is_not_counted_to_its_end(
    cast: Cast, reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries.entries, "MOST_COUNTED", 4)
    count = count_entries(actor=reader, tenant=cast.acme.id, only=EntryFilter())
    assert (count.number, count.is_capped) == (4, True)


def test_all_entries_are_read_in_parts(
    cast: Cast, reader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries.entries, "READ_AT_ONCE", 2)
    with tenant_scope(reader.tenants):
        rows = list(each_entry(cast.acme.id, EntryFilter(), is_ascending=True))
    assert verbs(rows) == [verb for verb, _, _ in STORY]


def test_who_stands_in_the_trail_is_listed_once_and_no_stranger(cast: Cast, reader: Actor) -> None:
    tell(cast.other.id, ((Verb.USER_ADDED, "eve@globex.example", "user:1"),))
    names = ["Bulk processing", "ada@acme.example", "bob@acme.example"]
    found = list_actors(actor=reader, tenant=cast.acme.id)
    assert sorted(found) == sorted(names)
    assert list_actors(actor=actor_of(cast.outsider), tenant=cast.other.id) == [
        "eve@globex.example"
    ]


def test_one_entry_is_read_within_its_tenant_alone(cast: Cast, reader: Actor) -> None:
    newest = list_entries(actor=reader, tenant=cast.acme.id).rows[0]
    row, seal = get_entry(actor=reader, tenant=cast.acme.id, uid=UUID(newest.uid))
    assert (row, seal) == (newest, None)
    with pytest.raises(NotFound):
        get_entry(actor=actor_of(cast.outsider), tenant=cast.other.id, uid=UUID(newest.uid))
