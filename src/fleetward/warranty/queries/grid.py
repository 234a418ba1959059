"""The device list: pages, counts and what can be filtered by, all from the visibility door.
How each is read is chosen in `grid_plan`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import MAX_LIMIT, Page
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries import grid_plan, grid_sql
from fleetward.warranty.queries.grid_filter import (
    OPEN_END,
    UNKNOWN,
    Count,
    DeviceFilter,
    DeviceRow,
    Order,
    Segment,
    Sort,
)
from fleetward.warranty.queries.grid_groups import resolved
from fleetward.warranty.queries.grid_plan import (
    Plan,
    Question,
    any_segment,
    is_of_devices,
    looked_up,
    plan_for,
    plan_to_count,
    possible_order,
    tallied,
)
from fleetward.warranty.queries.grid_reading import Reading, Stretch, selected
from fleetward.warranty.queries.grid_sql import Mark
from fleetward.warranty.rules import status_on

MOST_MODELS = 300


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
    return _listed(question, possible_order(order, question), cursor, limit)


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
    order = possible_order(order, question)
    question = looked_up(question, order)
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
    question = Question(actor, tenant, DeviceFilter(), date.min, 0)
    rows = question.fetch("count_manufacturers", {})
    return [(str(name), int(devices)) for name, devices in rows]


@scoped
def list_models(*, actor: Actor, tenant: int) -> list[str]:
    """The first models of a tenant by name, for what is suggested as a filter."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    question = Question(actor, tenant, DeviceFilter(), date.min, 0)
    return [str(model) for (model,) in question.fetch("list_models", {"most": MOST_MODELS})]


def _listed(question: Question, order: Order, cursor: str | None, limit: int) -> Page[DeviceRow]:
    mark = grid_sql.read_mark(cursor, order)
    limit = max(1, min(limit, MAX_LIMIT))
    plan = plan_for(question, order)
    found = list(_read(question, plan, order, mark, limit + 1))
    return _page(found, order, mark, limit, question)


def _counted(question: Question) -> Count:
    only = question.only
    if only.is_tallied:
        return Count(tallied(question))
    if question.found is not None and is_of_devices(only):
        return _capped(len(question.found))
    plan = plan_to_count(question)
    text, params = selected("1", question, plan, any_segment(question))
    text = f"SELECT count(*) FROM ({text} LIMIT {grid_plan.COUNT_CAP + 1}) found"  # noqa: S608
    number = int(sql.fetch_text(question.asked(text), params, **plan.settings)[0][0])
    is_capped = max(number, len(plan.candidates or ())) > grid_plan.COUNT_CAP
    return Count(min(number, grid_plan.COUNT_CAP), is_capped=is_capped)


def _capped(number: int) -> Count:
    return Count(min(number, grid_plan.COUNT_CAP), is_capped=number > grid_plan.COUNT_CAP)


def _read(
    question: Question, plan: Plan, order: Order, mark: Mark | None, most: int
) -> Iterator[tuple[Any, ...]]:
    """Rows beyond the mark, in the direction of reading, segment after segment."""
    for stretch in _stretches(question, plan, order, mark):
        if most <= 0:
            return
        reading = Reading(question, plan, order, mark, stretch)
        rows = reading.rows(most)
        most -= len(rows)
        yield from rows


def _stretches(question: Question, plan: Plan, order: Order, mark: Mark | None) -> list[Stretch]:
    """The conditions of statements that give the rows one after another."""
    is_sorted = plan.sorts and plan.candidates is not None
    if is_sorted and mark is None and not order.is_descending:
        # What is sorted anyway has the unknown last.
        return [Stretch(any_segment(question))]
    if order.sort is not Sort.END:
        beyond = [grid_sql.beyond(order, mark)] if mark else []
        return [Stretch([*any_segment(question), *beyond])]
    is_forward = mark is None or mark.is_after
    known = [s for s in question.segments if s != UNKNOWN]
    shown = (known[::-1] if order.is_descending else known) + (
        [UNKNOWN] if UNKNOWN in question.segments else []
    )
    stretches: list[Stretch] = []
    for segment in shown if is_forward else shown[::-1]:
        side = _beside(segment, mark)
        if side == "reached" and mark is not None:
            is_unknown = segment.is_unknown
            end = grid_sql.beyond(order, mark, in_unknown=is_unknown)
            stretches.append(Stretch([grid_sql.within(segment), end], is_unknown))
        elif side == "ahead":
            stretches.append(Stretch([grid_sql.within(segment)], segment.is_unknown))
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
    width = len(grid_sql.sort_keys(order))
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
