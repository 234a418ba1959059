"""The device list: pages, counts and what can be filtered by, all from the visibility door.

Row-level security hides how many rows a condition leaves, so the planner guesses too low and sorts
300,000 rows for a page of 50 (200 ms). Therefore the plan is chosen here: with few candidates they
are fetched and sorted; otherwise the index of the order is followed (1 ms).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isqrt
from typing import Any

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import MAX_LIMIT, Page
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries import grid_sql, grid_where
from fleetward.warranty.queries.grid_conditions import Kind
from fleetward.warranty.queries.grid_filter import (
    OPEN_END,
    UNKNOWN,
    Count,
    DeviceFilter,
    DeviceRow,
    Order,
    Segment,
    Sort,
    segments,
)
from fleetward.warranty.queries.grid_groups import resolved
from fleetward.warranty.queries.grid_sql import Driver, Mark
from fleetward.warranty.queries.grid_where import Where
from fleetward.warranty.rules import status_on

# Up to here sorting the matches beats following an index past everything else, in a tenant of a
# million devices.
FEW = 4_000
COUNT_CAP = 10_000
MOST_MODELS = 300

BY_END = Order()
BY_SERIAL = Order(Sort.SERIAL)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a filter is answered: what is read along, and whether the matches are few to sort."""

    candidates: tuple[int, ...] | None = None
    sorts: bool = False

    @property
    def whole(self) -> Driver:
        """For one pass over all that a filter leaves, in whatever order."""
        return Driver.ALL if self.candidates is None else Driver.CANDIDATES

    @property
    def params(self) -> dict[str, object]:
        return {"candidates": list(self.candidates or ())}

    @property
    def settings(self) -> dict[str, str]:
        """Of the planner: it does not sort where an index has the order."""
        return {} if self.sorts else {"enable_sort": "off", "enable_bitmapscan": "off"}

    def driver(self, only: DeviceFilter, order: Order | None = None) -> Driver:
        """Along an order its index leads; without one, whatever the filter asks for."""
        if self.candidates is not None:
            return Driver.CANDIDATES
        if self.sorts:
            return Driver.COVERAGE
        if only.has_sets and order is None:
            return Driver.MEMBERS
        if (only.dynamic or only.except_dynamic) and order is None:
            return Driver.ALL
        if not only.is_active:
            return Driver.DEVICES
        leads = order.sort is Sort.END if order else not only.asks_devices
        return Driver.COVERAGE if leads else Driver.DEVICES


@dataclass(frozen=True, slots=True)
class Question:
    """A filter in one tenant on one day, as one actor asks it.

    `found`: what its device side leaves, at most one more than is counted, where page and count
    share it.
    """

    actor: Actor
    tenant: int
    only: DeviceFilter
    today: date
    expiring_days: int
    found: tuple[int, ...] | None = None

    @property
    def params(self) -> dict[str, object]:
        seen = scope(self.actor, Capability.SEE_DEVICES)
        return seen.params(self.tenant) | {"user": self.actor.own_id}

    @property
    def segments(self) -> tuple[Segment, ...]:
        return segments(self.only, today=self.today, expiring_days=self.expiring_days)


def question_of(
    actor: Actor, tenant: int, only: DeviceFilter, today: date, expiring_days: int
) -> Question:
    """A filter with its dynamic groups as they are stored now. In the caller's scope."""
    known = resolved(only, tenant=tenant, today=today, expiring_days=expiring_days)
    return Question(actor, tenant, known, today, expiring_days)


@scoped
def list_devices(
    *,
    actor: Actor,
    tenant: int,
    only: DeviceFilter,
    today: date,
    expiring_days: int,
    order: Order | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[DeviceRow]:
    """A page of the devices that a filter leaves. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    question = question_of(actor, tenant, only, today, expiring_days)
    return _listed(question, possible_order(order, only), cursor, limit)


@scoped
def list_and_count(
    *,
    actor: Actor,
    tenant: int,
    only: DeviceFilter,
    today: date,
    expiring_days: int,
    order: Order | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[Page[DeviceRow], Count]:
    """A page and the number of all, which look once for what the devices themselves leave.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    question = question_of(actor, tenant, only, today, expiring_days)
    order = possible_order(order, only)
    if question.only.asks_devices and not _is_index_order(question.only, order):
        question = replace(question, found=_candidates(question, COUNT_CAP + 1))
    return _listed(question, order, cursor, limit), _counted(question)


@scoped
def count_devices(
    *, actor: Actor, tenant: int, only: DeviceFilter, today: date, expiring_days: int
) -> Count:
    """How many devices a filter leaves, exact up to a cap. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    return _counted(question_of(actor, tenant, only, today, expiring_days))


@scoped
def list_manufacturers(*, actor: Actor, tenant: int) -> list[tuple[str, int]]:
    """The manufacturers of the active devices with their numbers, the most frequent first."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    rows = sql.fetch("warranty", "count_manufacturers", {"tenant": tenant})
    return [(str(name), int(devices)) for name, devices in rows]


@scoped
def list_models(*, actor: Actor, tenant: int) -> list[str]:
    """The first models of a tenant by name, for what is suggested as a filter."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    params = Question(actor, tenant, DeviceFilter(), date.min, 0).params | {"most": MOST_MODELS}
    return [str(model) for (model,) in sql.fetch("warranty", "list_models", params)]


def usual_order(only: DeviceFilter) -> Order:
    """By the end of coverage; where the beginning of a serial is looked for, by serial."""
    return BY_SERIAL if only.begins_serial else BY_END


def possible_order(order: Order | None, only: DeviceFilter) -> Order:
    """The order asked for, or the usual one. Inactive devices have an index by serial alone."""
    order = order or usual_order(only)
    return order if only.is_active else Order(Sort.SERIAL, order.is_descending)


def plan_for(question: Question, order: Order | None = None) -> Plan:
    """Choose the plan from how much the filter can leave at most."""
    only = question.only
    if _is_index_order(only, order):
        return Plan()
    if only.asks_devices:
        candidates = _few_of(question)
        if candidates is not None:
            return Plan(candidates=candidates, sorts=True)
        if not (only.asks_coverage or only.manufacturers or only.except_manufacturers):
            # Then the coverage side leaves no fewer.
            return Plan()
    if not only.is_active:
        return Plan()
    return Plan(sorts=_tallied(question) <= FEW)


def _few_of(question: Question) -> tuple[int, ...] | None:
    """The candidates, where sorting them is sooner done than finding a page of them along an index.

    A page of 50 among `k` of `n` devices lies within the first 50 n / k of them. Reading these
    costs what fetching the `k` does where `k` is about four times the root of `n`.
    """
    few = min(FEW, COUNT_CAP)
    found = _candidates(question, few + 1)
    if len(found) > few and question.only.has_text:
        few = min(max(few, 4 * isqrt(_tallied(question))), COUNT_CAP)
        found = _candidates(question, few + 1)
    return found if len(found) <= few else None


def _listed(question: Question, order: Order, cursor: str | None, limit: int) -> Page[DeviceRow]:
    mark = grid_sql.read_mark(cursor, order)
    limit = max(1, min(limit, MAX_LIMIT))
    plan = plan_for(question, order)
    found = list(_read(question, plan, order, mark, limit + 1))
    return _page(found, order, mark, limit, question)


def _counted(question: Question) -> Count:
    only = question.only
    if only.is_tallied:
        return Count(_tallied(question))
    if question.found is not None and _is_of_devices(only):
        return _capped(len(question.found))
    plan = _plan_to_count(question)
    text, params = _select("1", question, plan, any_segment(question))
    text = f"SELECT count(*) FROM ({text} LIMIT {COUNT_CAP + 1}) found"  # noqa: S608
    number = int(sql.fetch_text(text, params, **plan.settings)[0][0])
    is_capped = max(number, len(plan.candidates or ())) > COUNT_CAP
    return Count(min(number, COUNT_CAP), is_capped=is_capped)


def _capped(number: int) -> Count:
    return Count(min(number, COUNT_CAP), is_capped=number > COUNT_CAP)


def _is_of_devices(only: DeviceFilter) -> bool:
    """Whether `candidate_conditions` ask for all that the filter does."""
    is_grouped = only.dynamic or only.except_dynamic
    return not (only.has_text or only.asks_coverage or is_grouped)


def _plan_to_count(question: Question) -> Plan:
    only = question.only
    if only.is_active and only.has_text:
        # Looking on for rare matches among many would take a second; so many are looked at.
        return Plan(candidates=_candidates(question, COUNT_CAP + 1), sorts=True)
    is_ranged = bool(only.models) or (only.begins_serial and only.asks_coverage)
    if only.is_active and only.asks_devices and question.found is None and not is_ranged:
        # To look whether they are few would be to look twice.
        return Plan()
    return plan_for(question)


def _is_index_order(only: DeviceFilter, order: Order | None) -> bool:
    """Whether one index answers filter and order together, however many match."""
    others = tuple(one for one in only.conditions if one.kind is not Kind.STATUS)
    asked = replace(only, statuses=(), ends_from=None, ends_to=None, conditions=others)
    if order is None or order.sort is not Sort.END:
        is_range = only.begins_serial and order is not None and order.sort is Sort.SERIAL
        return replace(only, text="").is_empty if is_range else only.is_empty
    return asked == DeviceFilter(manufacturers=only.manufacturers[:1])


def _candidates(question: Question, most: int) -> tuple[int, ...]:
    """Ids that the text, or else all that is asked of devices, leave; at most so many."""
    if question.found is not None:
        return question.found[:most]
    only = question.only
    params = question.params | {"most": most}
    if only.has_text:
        text = "SELECT devices_search(%(tenant)s, %(pattern)s, %(most)s)"
        params["pattern"] = grid_where.pattern(only.words)
    else:
        # Models have an index; other members of a set are found along the set.
        driver = Driver.MEMBERS if only.has_sets and not only.models else Driver.DEVICES
        where = grid_sql.candidate_conditions(only, tenant=question.tenant, driver=driver)
        read = grid_sql.source(only, driver, has_coverage=False)
        text = f"SELECT d.id FROM {read} WHERE {where.text} LIMIT %(most)s"  # noqa: S608
        params |= where.params
    return tuple(number for (number,) in sql.fetch_text(text, params))


def _tallied(question: Question) -> int:
    """What the coverage side of a filter leaves, from the counters (`warranty_tally`)."""
    only = question.only
    rows = sql.fetch(
        "warranty",
        "count_tally",
        {
            "tenant": question.tenant,
            "manufacturers": list(only.manufacturers),
            "except_manufacturers": list(only.except_manufacturers),
            "reasons": [str(reason) for reason in only.reasons],
            "is_checked": only.is_checked,
            "is_simulated": only.is_simulated,
            "firsts": [s.first or date(1, 1, 2) for s in question.segments if s != UNKNOWN],
            "latests": [s.latest or OPEN_END for s in question.segments if s != UNKNOWN],
            "has_unknown": UNKNOWN in question.segments,
        },
    )
    return int(rows[0][0])


def _select(
    columns: str,
    question: Question,
    plan: Plan,
    extra: Sequence[Where],
    order: Order | None = None,
) -> tuple[str, dict[str, object]]:
    """A statement put together from constants of grid_sql; values travel as parameters (S608)."""
    only = question.only
    driver = plan.driver(only, order)
    # A page shows coverage; a number needs it only where the filter does.
    has_coverage = order is not None or driver is Driver.COVERAGE or only.asks_coverage
    where = grid_sql.conditions(
        only, tenant=question.tenant, driver=driver, has_coverage=has_coverage
    )
    for one in extra:
        where.add(one.text, **one.params)
    params = question.params | where.params | plan.params
    read = grid_sql.source(only, driver, has_coverage=has_coverage)
    return f"SELECT {columns} FROM {read} WHERE {where.text}", params  # noqa: S608


def any_segment(question: Question) -> list[Where]:
    """The condition on coverage ends, where the filter has one."""
    if not question.only.is_active or not _narrows_coverage(question):
        return []
    return [grid_sql.within_any(question.segments)]


def _narrows_coverage(question: Question) -> bool:
    return question.segments != grid_sql.EVERYWHERE


def _read(
    question: Question, plan: Plan, order: Order, mark: Mark | None, most: int
) -> Iterator[tuple[Any, ...]]:
    """Rows beyond the mark, in the direction of reading, segment after segment."""
    for extra in _stretches(question, plan, order, mark):
        if most <= 0:
            return
        keys = ", ".join(grid_sql.SORT_KEYS[order.sort])
        text, params = _select(f"{grid_sql.COLUMNS}, {keys}", question, plan, extra, order)
        order_by = grid_sql.order_by(order, mark)
        text = f"{text} ORDER BY {order_by} LIMIT {most}"
        rows = sql.fetch_text(text, params, **plan.settings)
        most -= len(rows)
        yield from rows


def _stretches(
    question: Question, plan: Plan, order: Order, mark: Mark | None
) -> list[list[Where]]:
    """The conditions of statements that give the rows one after another."""
    if plan.candidates is not None and mark is None and not order.is_descending:
        # What is sorted anyway has the unknown last.
        return [any_segment(question)]
    if order.sort is not Sort.END:
        return [[*any_segment(question), *([grid_sql.beyond(order, mark)] if mark else [])]]
    is_forward = mark is None or mark.is_after
    known = [s for s in question.segments if s != UNKNOWN]
    shown = (known[::-1] if order.is_descending else known) + (
        [UNKNOWN] if UNKNOWN in question.segments else []
    )
    stretches: list[list[Where]] = []
    for segment in shown if is_forward else shown[::-1]:
        side = _beside(segment, mark)
        if side == "reached" and mark is not None:
            is_unknown = segment.is_unknown
            beyond = grid_sql.beyond(order, mark, in_unknown=is_unknown)
            stretches.append([grid_sql.within(segment), beyond])
        elif side == "ahead":
            stretches.append([grid_sql.within(segment)])
    return stretches


def _beside(segment: Segment, mark: Mark | None) -> str:
    """Whether the mark lies in reach of a segment, or the segment is ahead of it or behind."""
    if mark is None:
        return "ahead"
    is_marked_unknown = mark.values[0] is None
    if segment.is_unknown == is_marked_unknown:
        return "reached"
    # The unknown come last: ahead of a dated mark forwards, behind everything backwards.
    return "ahead" if segment.is_unknown == mark.is_after else "behind"


def _page(
    found: list[tuple[Any, ...]], order: Order, mark: Mark | None, limit: int, question: Question
) -> Page[DeviceRow]:
    has_more = len(found) > limit
    rows = found[:limit]
    is_forward = mark is None or mark.is_after
    if not is_forward:
        rows.reverse()
    width = len(grid_sql.SORT_KEYS[order.sort])
    after = before = None
    if rows and (has_more or not is_forward):
        after = grid_sql.write_mark(rows[-1][-width:], order, is_after=True)
    if rows and (has_more if not is_forward else mark is not None):
        before = grid_sql.write_mark(rows[0][-width:], order, is_after=False)
    return Page([row_of(r[:-width], question) for r in rows], after=after, before=before)


def row_of(values: tuple[Any, ...], question: Question) -> DeviceRow:
    """A row of `grid_sql.COLUMNS` with its status on the question's day."""
    *known, ends_on, ships_on, source, is_simulated, checked, attempted, error, why = values
    is_rolling = ends_on == OPEN_END
    end = None if is_rolling else ends_on
    status = Status.UNKNOWN if why else None
    if ends_on is not None:
        status = status_on(end, on=question.today, expiring_days=question.expiring_days)
    latest_error = Reason(error) if error else None
    reason = Reason(why) if why else None
    times = (checked, attempted)
    told = (end, ships_on, source, is_simulated, *times, latest_error, reason, status, is_rolling)
    return DeviceRow(*(*known, *told))
