"""Entries of a trail: filtered, in the order of their time, page by page.

A trail has millions of entries, and any filter may leave few of them, far apart. So each page is
read along an index that begins with what is asked for, once for each value (identifier, user and
sub type, or sub type), and what these give is merged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from fleetward.audit.contracts import (
    AuditRow,
    EntryCount,
    EntryFilter,
    SealRow,
    Verb,
)
from fleetward.audit.kinds import KINDS, wanted_verbs
from fleetward.audit.models import Entry, Seal
from fleetward.audit.rules import GENESIS
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import (
    LARGEST_ID,
    BadCursor,
    Page,
    decode_cursor,
    encode_cursor,
)

MOST_COUNTED = 10_000
MOST_LISTED_ACTORS = 200
READ_AT_ONCE = 2_000
# What subjects begin with, so that an id alone finds its entries whatever it is of.
SUBJECTS = (
    "budget",
    "bulk",
    "device",
    "devices",
    "export",
    "group",
    "import",
    "log_filter",
    "reminders",
    "run",
    "schedule",
    "tenant",
    "token",
    "user",
    "view",
    "webhook",
)
_COLUMNS = "id, uid::text, at, actor, verb, subject, details::text, request_id, address"
_EVERY_VERB = tuple(str(verb) for verb in Verb)
_FORWARD, _BACK = "a", "b"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: behind an entry, or before it."""

    at: datetime
    id: int
    is_before: bool = False


@dataclass(slots=True)
class _Question:
    """What is read: along which values, under which conditions."""

    along: str = ""
    conditions: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **params: object) -> None:
        self.conditions.append(condition)
        self.params.update(params)

    def text(self, columns: str, tail: str) -> str:
        """The statement; `tail` orders and limits, for each value and then for all of them."""
        one = f"SELECT {columns} FROM audit_entry WHERE {' AND '.join(self.conditions)} {tail}"  # noqa: S608 - our own words; values are parameters
        if not self.along:
            return one
        return f"SELECT found.* FROM {self.along} CROSS JOIN LATERAL ({one}) found {tail}"  # noqa: S608 - our own words


@scoped
def list_entries(
    *,
    actor: Actor,
    tenant: int | None,
    cursor: str | None = None,
    limit: int = 50,
    verb: str = "",
    only: EntryFilter | None = None,
    is_ascending: bool = False,
) -> Page[AuditRow]:
    """Entries of a tenant, latest first; to an operator without a tenant the installation's.

    Raises: BadCursor, NotFound.
    """
    _refuse_stranger(actor, tenant)
    wanted = only or EntryFilter(verbs=(Verb(verb),) if verb else ())
    question, place = _question(tenant, wanted), _read(cursor)
    is_back = place is not None and place.is_before
    found = _fetch(question, place, limit + 1, is_ascending=is_ascending is not is_back)
    has_more, found = len(found) > limit, found[:limit]
    if is_back:
        found.reverse()
    has_before, has_after = (has_more, True) if is_back else (place is not None, has_more)
    return Page(
        [_row(one) for one in found],
        after=_mark(found[-1], _FORWARD) if found and has_after else None,
        before=_mark(found[0], _BACK) if found and has_before else None,
    )


@scoped
def count_entries(*, actor: Actor, tenant: int | None, only: EntryFilter) -> EntryCount:
    """How many entries a filter leaves, counted up to `MOST_COUNTED`. Raises: NotFound."""
    _refuse_stranger(actor, tenant)
    return count_up_to(MOST_COUNTED, tenant, only)


def count_up_to(most: int, tenant: int | None, only: EntryFilter) -> EntryCount:
    """How many there are, counted no further. Caller: in its scope."""
    question = _question(tenant, only)
    one = question.text("1 AS one", "LIMIT %(limit)s")
    ((number,),) = sql.fetch_text(
        f"SELECT count(*) FROM ({one}) counted",  # noqa: S608 - our own words
        {**question.params, "limit": most + 1},
    )
    return EntryCount(min(number, most), number > most)


@scoped
def get_entry(*, actor: Actor, tenant: int, uid: UUID) -> tuple[AuditRow, SealRow | None]:
    """One entry of a tenant, and its seal once it has one. Raises: NotFound."""
    entry = Entry.objects.filter(uid=uid, tenant_id=tenant).first()
    if entry is None:
        raise NotFound
    seal = Seal.objects.filter(entry_id=entry.id).first()
    if seal is None:
        return row_of(entry), None
    earlier = Seal.objects.filter(tenant_id=tenant, id__lt=seal.id).order_by("-id").first()
    previous = earlier.digest if earlier else GENESIS
    return row_of(entry), SealRow(digest=seal.digest, previous=previous, form=seal.form)


@scoped
def list_actors(*, actor: Actor, tenant: int) -> list[str]:
    """Who stands in the trail of a tenant, by name; beyond some nobody would choose from a list."""
    rows = sql.fetch("audit", "list_actors", {"tenant": tenant, "most": MOST_LISTED_ACTORS})
    return [name for (name,) in rows]


def each_entry(
    tenant: int | None, only: EntryFilter, *, is_ascending: bool = False
) -> Iterator[AuditRow]:
    """All entries that a filter leaves, read in parts. Caller: an action, in its scope."""
    question, place = _question(tenant, only), None
    while part := _fetch(question, place, READ_AT_ONCE, is_ascending=is_ascending):
        yield from map(_row, part)
        place = _Place(part[-1][2], part[-1][0])


def row_of(entry: Entry) -> AuditRow:
    """An entry as others read it."""
    type_, level = KINDS[entry.verb]
    return AuditRow(
        uid=str(entry.uid),
        at=entry.at,
        actor=entry.actor,
        type=type_,
        verb=entry.verb,
        level=level,
        subject=entry.subject,
        details=entry.details,
        request_id=entry.request_id,
        address=entry.address,
    )


def _refuse_stranger(actor: Actor, tenant: int | None) -> None:
    if tenant is None and not actor.is_operator:
        raise NotFound


def _question(tenant: int | None, only: EntryFilter) -> _Question:
    """How the entries of a filter are found."""
    question = _Question()
    if tenant is None:
        question.add("tenant_id IS NULL")
    else:
        question.add("tenant_id = %(tenant)s", tenant=tenant)
    if only.since:
        question.add("at >= %(since)s", since=only.since)
    if only.until:
        question.add("at < %(until)s", until=only.until)
    _narrow(question, only)
    return question


def _narrow(question: _Question, only: EntryFilter) -> None:
    """Each set of values is either what the reading goes along, or compared row by row."""
    verbs = wanted_verbs(only)
    names = None if verbs is None else [str(verb) for verb in verbs]
    actors = list(only.actors)
    if only.identifier:
        question.along = "unnest(%(subjects)s::text[]) s(one)"
        question.add("subject = s.one", subjects=subjects_of(only.identifier))
        if actors:
            question.add("actor = ANY(%(actors)s::text[])", actors=actors)
        if names is not None:
            question.add("verb = ANY(%(verbs)s::text[])", verbs=names)
    elif actors:
        question.along = "unnest(%(actors)s::text[]) a(one), unnest(%(verbs)s::text[]) v(one)"
        question.add("actor = a.one", actors=actors)
        question.add("verb = v.one", verbs=list(_EVERY_VERB) if names is None else names)
    elif names is not None:
        question.along = "unnest(%(verbs)s::text[]) v(one)"
        question.add("verb = v.one", verbs=names)


def subjects_of(identifier: str) -> list[str]:
    """The subjects that an identifier may mean."""
    given = identifier.strip()
    return [given] if ":" in given else [given, *(f"{kind}:{given}" for kind in SUBJECTS)]


def _fetch(
    question: _Question, place: _Place | None, limit: int, *, is_ascending: bool
) -> list[tuple[Any, ...]]:
    way, sign = ("ASC", ">") if is_ascending else ("DESC", "<")
    conditions, params = list(question.conditions), {**question.params, "limit": limit}
    if place:
        conditions.append(f"(at, id) {sign} (%(from_at)s, %(from_id)s)")
        params |= {"from_at": place.at, "from_id": place.id}
    asked = _Question(question.along, conditions)
    return sql.fetch_text(
        asked.text(_COLUMNS, f"ORDER BY at {way}, id {way} LIMIT %(limit)s"), params
    )


def _row(found: tuple[Any, ...]) -> AuditRow:
    _id, uid, at, actor, verb, subject, details, request_id, address = found
    type_, level = KINDS[verb]
    known = json.loads(details)
    return AuditRow(uid, at, actor, type_, verb, level, subject, known, request_id, address)


def _mark(found: tuple[Any, ...], way: str) -> str:
    return encode_cursor([way, found[2].isoformat(), found[0]])


def _read(cursor: str | None) -> _Place | None:
    """Raises: BadCursor."""
    if not cursor:
        return None
    way, at, number = decode_cursor(cursor, 3)
    if way not in {_FORWARD, _BACK} or not isinstance(number, int) or abs(number) > LARGEST_ID:
        raise BadCursor
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        raise BadCursor from None
    if moment.tzinfo is None:
        raise BadCursor
    return _Place(moment, number, is_before=way == _BACK)
