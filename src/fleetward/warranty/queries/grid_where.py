"""Conditions of device lists as SQL: several that all hold, and comparisons of one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fleetward.warranty.queries.grid_conditions import YES, Condition, Kind, Op

# What is compared like a column, and is none.
COMPUTED = {"in_use_from": "coalesce(d.purchased_on, c.ships_on, c.starts_on)"}


@dataclass(slots=True)
class Where:
    """Conditions that all hold, with their parameters."""

    parts: list[str] = field(default_factory=list)
    params: dict[str, object] = field(default_factory=dict)

    def add(self, part: str, **params: object) -> None:
        self.parts.append(part)
        self.params.update(params)

    @property
    def text(self) -> str:
        return " AND ".join(self.parts) or "true"

    def named(self, name: str) -> Where:
        """The same with names of its own for its parameters, to stand beside others."""
        text = self.text
        for known in self.params:
            text = text.replace(f"%({known})s", f"%({name}_{known})s")
        return Where([text], {f"{name}_{known}": value for known, value in self.params.items()})


def column_conditions(where: Where, wanted: Sequence[Condition], table: str) -> None:
    """Add what is asked of columns of a table."""
    for number, one in enumerate(wanted):
        column = COMPUTED.get(one.field, f"{table}.{one.field}")
        _column_condition(where, one, column, f"{table}{number}")


def _column_condition(where: Where, one: Condition, column: str, name: str) -> None:
    """One comparison of a column; `name` keeps its parameters apart from those of others."""
    is_day = one.kind in (Kind.DAY, Kind.MOMENT)
    if not one.op.takes_value:
        empty = f"{column} IS NULL" if is_day else f"{column} = ''"
        where.add(empty if one.op is Op.EMPTY else f"NOT ({empty})")
    elif is_day:
        _add_stretches(where, one, column, name)
    elif one.kind is Kind.FLAG:
        if len(one.values) == 1:
            where.add(column if one.values == (YES,) else f"NOT {column}")
    elif one.op is Op.HAS:
        patterns = [pattern(value) for value in one.values]
        where.add(f"{_folded(column)} LIKE ANY (%({name})s::text[])", **{name: patterns})
    else:
        _add_equality(where, one, column, name)


def _add_stretches(where: Where, one: Condition, column: str, name: str) -> None:
    """A day in any of some stretches, or in none of them. Each end names the column, so that no
    day is in none.
    """
    told = []
    for number, stretch in enumerate(one.stretches):
        ends = ((">=", "first", stretch.first), ("<", "until", stretch.until))
        known = [(sign, f"{name}_{end}{number}", day) for sign, end, day in ends if day]
        told.append(" AND ".join(f"{column} {sign} %({key})s" for sign, key, _day in known))
        where.params.update({key: day for _sign, key, day in known})
    text = f"({' OR '.join(told)})"
    where.add(f"{text} IS NOT TRUE" if one.op is Op.IS_NOT else text)


def _folded(column: str) -> str:
    """A text without case. Columns that compare by code point would fold ASCII alone."""
    return f'lower({column} COLLATE "default")'


def _add_equality(where: Where, one: Condition, column: str, name: str) -> None:
    """Texts that people write are compared without case, canonical ones as they are."""
    values = list(one.values)
    if one.kind is Kind.TEXT:
        column, values = _folded(column), [value.lower() for value in values]
    elif one.kind is Kind.CODE:
        values = [value.upper() for value in values]
    equal = f"{column} = ANY (%({name})s::text[])"
    where.add(f"NOT ({equal})" if one.op is Op.IS_NOT else equal, **{name: values})


def pattern(words: str) -> str:
    """A LIKE pattern that finds `words` anywhere, as they stand."""
    escaped = words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
