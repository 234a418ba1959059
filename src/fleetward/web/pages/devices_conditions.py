"""Conditions on any column, as a reader meets them: their words, and the form that adds one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fleetward.devices.contracts import GroupRow
from fleetward.devices.texts import FIELD_LABELS
from fleetward.warranty.contracts import Reason
from fleetward.warranty.queries.grid_conditions import (
    FIELDS,
    MOST_CONDITIONS,
    MOST_VALUES,
    NO,
    YES,
    Condition,
    Field,
    Kind,
    Op,
    left_over,
    read_conditions,
)
from fleetward.warranty.queries.grid_words import CONDITIONS
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web.components.cells import number_text, value_text
from fleetward.web.components.shapes import Builder, Link, Option
from fleetward.web.pages.devices_columns import ORIGIN_LABELS, SPECS, source_labels
from fleetward.web.pages.devices_filter import Address

if TYPE_CHECKING:
    from datetime import date

    from django.http import QueryDict
    from django_stubs_ext import StrPromise

# So many of the conditions that are left out are named.
MOST_NAMED = 5
ADDING, COMPARISON, VALUE, DAYS = "adding", "op", "value", "days"
_COLUMN_LABELS: dict[str, StrPromise] = {spec.key: spec.label for spec in SPECS}
LABELS: dict[str, StrPromise] = {
    **FIELD_LABELS,
    **{name: _COLUMN_LABELS[name] for name in FIELDS if name in _COLUMN_LABELS},
    "group": gettext_lazy("Group"),
}
OP_LABELS: dict[Op, StrPromise] = {
    Op.IS: gettext_lazy("is"),
    Op.IS_NOT: gettext_lazy("is not"),
    Op.HAS: gettext_lazy("contains"),
    Op.BEFORE: gettext_lazy("before"),
    Op.AFTER: gettext_lazy("after"),
    Op.NEXT: gettext_lazy("within the next days"),
    Op.PAST: gettext_lazy("within the last days"),
    Op.EMPTY: gettext_lazy("is empty"),
    Op.FILLED: gettext_lazy("is not empty"),
}


def label_of(name: str) -> str:
    return str(LABELS[name])


def condition_text(one: Condition, groups: Sequence[GroupRow]) -> str:
    """What a condition asks, without its column: "is not Lyon or Paris", "before 3 Mar 2027"."""
    if not one.op.takes_value:
        return str(OP_LABELS[one.op])
    if one.op.takes_days:
        days = int(one.values[0])
        told = (
            ngettext("within the next %(days)s day", "within the next %(days)s days", days)
            if one.op is Op.NEXT
            else ngettext("within the last %(days)s day", "within the last %(days)s days", days)
        )
        return told % {"days": number_text(days)}
    values = _(" or ").join(_value_text(one.field, value, groups) for value in one.values)
    if one.op is Op.IS:
        return values
    return f"{OP_LABELS[one.op]} {values}"


def _value_text(name: str, value: str, groups: Sequence[GroupRow]) -> str:
    kind = FIELDS[name].kind
    if kind in (Kind.DAY, Kind.MOMENT):
        return value_text(value)
    gone = _("Deleted group") if kind is Kind.GROUP else value
    return words_of(name, groups).get(value, gone)


def words_of(name: str, groups: Sequence[GroupRow]) -> dict[str, str]:
    """What a column of words can hold, in the reader's words; empty for other columns."""
    kind = FIELDS[name].kind
    if kind is Kind.FLAG:
        return {YES: _("yes"), NO: _("no")}
    if kind is Kind.STATUS:
        return {str(status): str(label) for status, label in STATUS_LABELS.items()}
    if kind is Kind.GROUP:
        return {str(group.uid): group.name for group in groups}
    if name == "origin":
        return {origin: str(label) for origin, label in ORIGIN_LABELS.items()}
    if name == "source":
        return source_labels()
    if name in ("reason", "latest_error"):
        return {str(reason): str(REASON_TEXTS[reason].label) for reason in Reason}
    return {}


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Conditions that an address has too many: how many, and which."""

    title: str
    text: str


def left_over_of(query: QueryDict, groups: Sequence[GroupRow]) -> LeftOver | None:
    """What the list does not take of the conditions of an address, since there are too many."""
    over = left_over(query.getlist(CONDITIONS))
    if not over:
        return None
    title = ngettext("%(n)s condition is left out", "%(n)s conditions are left out", len(over)) % {
        "n": number_text(len(over))
    }
    text = _(
        "A list takes %(conditions)s conditions, and %(values)s values in each. Remove one, and "
        "the first of these takes its place:"
    ) % {"conditions": MOST_CONDITIONS, "values": MOST_VALUES}
    named = [
        _("%(label)s:") % {"label": label_of(one.field)} + f" {condition_text(one, groups)}"
        for one in over[:MOST_NAMED]
    ]
    more = ["…"] if len(over) > MOST_NAMED else []
    return LeftOver(title, f"{text} {' · '.join([*named, *more])}")


def more_links(
    address: Address, groups: Sequence[GroupRow], *, is_active: bool
) -> tuple[Link, ...]:
    """A link for each column that can be compared; it opens the form of the condition."""
    # One address for all of them: each has a name in it that asks for no escape.
    link = address.with_values(**{ADDING: ADDING})
    return tuple(
        Link(label_of(name), link.replace(f"{ADDING}={ADDING}", f"{ADDING}={name}"))
        for name, field in FIELDS.items()
        if (is_active or not field.of_coverage) and (groups or field.kind is not Kind.GROUP)
    )


@dataclass(frozen=True, slots=True)
class Adding:
    """The form of a condition as an address asks for it, empty or sent."""

    address: Address
    today: date
    zone: str

    @property
    def name(self) -> str:
        return self.address.query.get(ADDING, "")

    @property
    def field(self) -> Field | None:
        return FIELDS.get(self.name)

    @property
    def is_sent(self) -> bool:
        return self.field is not None and COMPARISON in self.address.query

    @property
    def words(self) -> list[str]:
        """What was sent, as addresses hold conditions; none when any of it is none."""
        op = self.address.query.get(COMPARISON, "")
        words = [f"{self.name}:{op}"]
        if op not in (Op.EMPTY, Op.FILLED):
            words = [f"{self.name}:{op}:{value}" for value in self._values(op)]
        if len(words) > MOST_VALUES:
            return []
        return words if all(self._is_condition(word) for word in words) else []

    def _is_condition(self, word: str) -> bool:
        return bool(read_conditions([word], today=self.today, zone=self.zone))

    def _values(self, op: str) -> list[str]:
        """Those that were ticked, or the lines that were written."""
        given = self.address.query.getlist(DAYS if op in (Op.NEXT, Op.PAST) else VALUE)
        lines = [line.strip() for text in given for line in text.splitlines()]
        return [line for line in dict.fromkeys(lines) if line]

    @property
    def done_href(self) -> str:
        """The list with what was sent added to its conditions."""
        query = self.address.query.copy()
        for name in (ADDING, COMPARISON, VALUE, DAYS, "cursor"):
            query.pop(name, None)
        query.setlist(CONDITIONS, [*query.getlist(CONDITIONS), *self.words])
        return self.address.of(query)

    def builder(self, groups: Sequence[GroupRow]) -> Builder | None:
        """The form, where an address asks for one."""
        field = self.field
        if field is None:
            return None
        own = (ADDING, COMPARISON, VALUE, DAYS, "cursor")
        query = self.address.query
        chosen = query.get(COMPARISON, field.ops[0])
        return Builder(
            name=self.name,
            label=label_of(self.name),
            ops=tuple(Option(op, str(OP_LABELS[op]), op == chosen) for op in field.ops),
            kept=tuple((n, str(v)) for n in query if n not in own for v in query.getlist(n)),
            cancel_href=self.address.without(*own),
            options=tuple(
                Option(word, label, word in query.getlist(VALUE))
                for word, label in words_of(self.name, groups).items()
            ),
            takes_day=field.kind in (Kind.DAY, Kind.MOMENT),
            takes_many=field.kind not in (Kind.DAY, Kind.MOMENT, Kind.FLAG),
            value=query.get(VALUE, ""),
            problem=_("Enter a value that the column can have.") if self.is_sent else "",
        )
