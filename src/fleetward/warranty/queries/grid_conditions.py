"""Conditions on any column of the device list: which column, which comparison, which values. Pure.

A door reads a `Condition` from its address and resolves days with the tenant's own day and zone;
`grid_sql` compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from fleetward.warranty.contracts import Reason, Status

MOST_CONDITIONS = 20
MOST_VALUES = 50
LONGEST_VALUE = 200
# Ten years: further away a day is given as such.
MOST_DAYS = 3_660
DAY = timedelta(days=1)


class Op(StrEnum):
    """Comparisons; several values of IS, IS_NOT and HAS are alternatives, others must all hold."""

    IS = "is"
    IS_NOT = "not"
    HAS = "has"
    BEFORE = "before"
    AFTER = "after"
    NEXT = "next"
    PAST = "past"
    EMPTY = "empty"
    FILLED = "filled"

    @property
    def takes_value(self) -> bool:
        return self not in (Op.EMPTY, Op.FILLED)

    @property
    def takes_many(self) -> bool:
        return self in (Op.IS, Op.IS_NOT, Op.HAS)

    @property
    def takes_days(self) -> bool:
        """Whether the value is a number of days, counted from today."""
        return self in (Op.NEXT, Op.PAST)


class Kind(StrEnum):
    """What a column holds. CODE: in canonical form, compared as it is; WORD: one of our words.

    STATUS and GROUP are no columns: stretches of days, and sets of devices.
    """

    TEXT = "TEXT"
    CODE = "CODE"
    WORD = "WORD"
    DAY = "DAY"
    MOMENT = "MOMENT"
    FLAG = "FLAG"
    STATUS = "STATUS"
    GROUP = "GROUP"


_TEXT_OPS = (Op.IS, Op.IS_NOT, Op.HAS, Op.EMPTY, Op.FILLED)
_DAY_OPS = (Op.BEFORE, Op.AFTER, Op.NEXT, Op.PAST, Op.IS, Op.IS_NOT, Op.EMPTY, Op.FILLED)
OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.TEXT: _TEXT_OPS,
    Kind.CODE: _TEXT_OPS,
    Kind.WORD: (Op.IS, Op.IS_NOT, Op.EMPTY, Op.FILLED),
    Kind.DAY: _DAY_OPS,
    Kind.MOMENT: _DAY_OPS,
    Kind.FLAG: (Op.IS,),
    Kind.STATUS: (Op.IS, Op.IS_NOT),
    # In any of some groups is a filter of its own, along which a list is read.
    Kind.GROUP: (Op.IS_NOT,),
}
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Field:
    """A column that can be compared. `of_coverage`: inactive devices do not have it.

    `words`: all that it can hold, where that is known here.
    """

    kind: Kind
    of_coverage: bool = False
    words: tuple[str, ...] = ()

    @property
    def ops(self) -> tuple[Op, ...]:
        return OPS[self.kind]


FIELDS: dict[str, Field] = {
    "status": Field(Kind.STATUS, of_coverage=True, words=tuple(Status)),
    "reason": Field(Kind.WORD, of_coverage=True, words=tuple(Reason)),
    "group": Field(Kind.GROUP),
    "name": Field(Kind.TEXT),
    "serial": Field(Kind.CODE),
    "manufacturer": Field(Kind.TEXT),
    "model": Field(Kind.TEXT),
    "product_number": Field(Kind.CODE),
    "assigned_user": Field(Kind.TEXT),
    "asset_tag": Field(Kind.TEXT),
    "location": Field(Kind.TEXT),
    "country": Field(Kind.CODE),
    "origin": Field(Kind.WORD),
    # A device's own; empty for the one of its tenant (L3).
    "plan": Field(Kind.CODE),
    "is_virtual": Field(Kind.FLAG),
    "purchased_on": Field(Kind.DAY),
    # Since when a device is in use, as far as anybody knows (`grid_where.COMPUTED`).
    "in_use_from": Field(Kind.DAY, of_coverage=True),
    "created_at": Field(Kind.MOMENT),
    "updated_at": Field(Kind.MOMENT),
    "starts_on": Field(Kind.DAY, of_coverage=True),
    "ends_on": Field(Kind.DAY, of_coverage=True),
    "ships_on": Field(Kind.DAY, of_coverage=True),
    "source": Field(Kind.WORD, of_coverage=True),
    "checked_at": Field(Kind.MOMENT, of_coverage=True),
    "latest_error": Field(Kind.WORD, of_coverage=True),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` on, `until` being beyond them; without end where there is none."""

    first: date | datetime | None = None
    until: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `stretches` are what the values of a column of days amount to."""

    field: str
    op: Op
    values: tuple[str, ...] = ()
    stretches: tuple[Stretch, ...] = ()

    @property
    def kind(self) -> Kind:
        return FIELDS[self.field].kind

    @property
    def word(self) -> str:
        """As an address holds it, once for each value: `location:is:Paris`."""
        return f"{self.field}:{self.op}"

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(f"{self.word}:{value}" for value in self.values) or (self.word,)


def read_conditions(given: Iterable[str], *, today: date, zone: str) -> tuple[Condition, ...]:
    """The conditions that words hold; what is none of ours is left out, and what is `left_over`.

    Alternatives of one column and comparison become one condition; of other comparisons, such as
    two days that a third is after, each must hold.
    """
    found, _ = _gathered(given)
    return tuple(_resolved(one, today, ZoneInfo(zone)) for one in found)


def left_over(given: Iterable[str]) -> tuple[Condition, ...]:
    """What is one condition too many, or one value too many of a condition; each once."""
    return _gathered(given)[1]


def _gathered(given: Iterable[str]) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """As many conditions as a list has at most, and what is left over."""
    found: dict[tuple[str, Op, tuple[str, ...]], Condition] = {}
    over: dict[Condition, None] = {}
    for one in filter(None, map(_read, given)):
        key = (one.field, one.op, () if one.op.takes_many else one.values)
        known = found.get(key)
        if known is None and len(found) < MOST_CONDITIONS:
            found[key] = one
        elif known is None:
            over[one] = None
        elif not set(one.values) <= set(known.values):
            if len(known.values) < MOST_VALUES:
                found[key] = replace(known, values=known.values + one.values)
            else:
                over[one] = None
    return tuple(found.values()), tuple(over)


def _read(word: str) -> Condition | None:
    name, _, rest = word.partition(":")
    op_word, _, value = rest.partition(":")
    field = FIELDS.get(name)
    if field is None or op_word not in set(Op):
        return None
    op, value = Op(op_word), value.replace("\0", "").strip()[:LONGEST_VALUE]
    if op not in field.ops or op.takes_value != bool(value):
        return None
    if not op.takes_value:
        return Condition(name, op)
    if field.kind is Kind.GROUP:
        value = _uid(value)
    return Condition(name, op, (value,)) if _is_value(field, op, value) else None


def _is_value(field: Field, op: Op, value: str) -> bool:
    if op.takes_days:
        return value.isascii() and value.isdigit() and int(value) <= MOST_DAYS
    if field.kind in (Kind.DAY, Kind.MOMENT):
        return read_day(value) is not None
    if field.kind is Kind.FLAG:
        return value in (YES, NO)
    return value in field.words if field.words else bool(value)


def _uid(text: str) -> str:
    """The id of a group in its one form; '' for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def read_day(text: str) -> date | None:
    """A day in ISO form that has neighbours; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < date.max else None


def _resolved(one: Condition, today: date, zone: ZoneInfo) -> Condition:
    if one.kind not in (Kind.DAY, Kind.MOMENT) or not one.op.takes_value:
        return one
    stretches = [_days(one.op, value, today) for value in one.values]
    if one.kind is Kind.DAY:
        return replace(one, stretches=tuple(Stretch(*days) for days in stretches))
    moments = (Stretch(_begin(first, zone), _begin(until, zone)) for first, until in stretches)
    return replace(one, stretches=tuple(moments))


def _days(op: Op, value: str, today: date) -> tuple[date | None, date | None]:
    """The first day of the stretch and the day beyond it."""
    if op is Op.NEXT:
        return today, today + (int(value) + 1) * DAY
    if op is Op.PAST:
        return today - int(value) * DAY, today + DAY
    day = date.fromisoformat(value)
    if op is Op.BEFORE:
        return None, day
    return (day + DAY, None) if op is Op.AFTER else (day, day + DAY)


def _begin(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None
