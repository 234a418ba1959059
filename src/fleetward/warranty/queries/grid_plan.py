"""How the question of a device list is answered: in which order, and read along what.

Row-level security hides how many rows a condition leaves, so the planner guesses too low and sorts
300,000 rows for a page of 50 (200 ms). Therefore the plan is chosen here: with few candidates they
are fetched and sorted; otherwise the index of the order is followed (1 ms).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fleetward.access.contracts import Capability
from fleetward.access.queries import scope
from fleetward.infra import sql
from fleetward.kernel.actor import Actor
from fleetward.warranty.queries import grid_sql, grid_where
from fleetward.warranty.queries.grid_conditions import Kind
from fleetward.warranty.queries.grid_filter import (
    OPEN_END,
    UNKNOWN,
    DeviceFilter,
    Order,
    Segment,
    Sort,
    segments,
)
from fleetward.warranty.queries.grid_span import of_all
from fleetward.warranty.queries.grid_sql import Driver
from fleetward.warranty.queries.grid_where import Where

# Up to here sorting the matches beats following an index past everything else.
FEW = 4_000
# So many are sorted in no time.
FEWER = 1_000
COUNT_CAP = 10_000

BY_END = Order()
BY_SERIAL = Order(Sort.SERIAL)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a filter is answered: what is read along, and whether the matches are few to sort.

    Candidates that are not sorted are found along the index of the order, which holds their ids.
    """

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
        if self.sorts:
            return Driver.COVERAGE if self.candidates is None else Driver.CANDIDATES
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
        of_reader = {"user": self.actor.own_id, "within": list(self.within)}
        return seen.params(self.tenant) | of_reader

    @property
    def within(self) -> tuple[int, ...]:
        """The tenants that it is asked of."""
        return scope(self.actor, Capability.SEE_DEVICES).within(self.tenant)

    @property
    def is_spanning(self) -> bool:
        """Whether it is asked of all customers of a partner (T5)."""
        return self.tenant in self.actor.spans

    def asked(self, text: str) -> str:
        """A statement about the tenant, of all customers where these are meant."""
        return of_all(text) if self.is_spanning else text

    def fetch(self, name: str, params: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The rows of a statement of ours."""
        text = self.asked(sql.statement("warranty", name))
        return sql.fetch_text(text, {**self.params, **params})

    @property
    def segments(self) -> tuple[Segment, ...]:
        return segments(self.only, today=self.today, expiring_days=self.expiring_days)


def usual_order(only: DeviceFilter) -> Order:
    """By the end of coverage; where the beginning of a serial is looked for, by serial."""
    return BY_SERIAL if only.begins_serial else BY_END


def possible_order(order: Order | None, question: Question) -> Order:
    """The order asked for, or the usual one. Inactive devices have an index by serial alone."""
    order = order or usual_order(question.only)
    sort = order.sort if question.only.is_active else Sort.SERIAL
    return Order(sort, order.is_descending, question.is_spanning)


def plan_for(question: Question, order: Order | None = None) -> Plan:
    """Choose the plan from how much the filter can leave at most."""
    only = question.only
    if _is_index_order(only, order):
        return Plan()
    if only.asks_devices:
        most = FEW if question.found is None and not only.has_text else COUNT_CAP
        candidates = _candidates(question, most + 1)
        if len(candidates) <= most:
            return Plan(candidates, sorts=_is_sorted_sooner(question, len(candidates), order))
        if not (only.asks_coverage or only.manufacturers or only.except_manufacturers):
            # Then the coverage side leaves no fewer.
            return Plan()
    if not only.is_active:
        return Plan()
    return Plan(sorts=tallied(question) <= FEW)


def looked_up(question: Question, order: Order) -> Question:
    """With what the device side leaves, for a page in this order and a count that share it."""
    only = question.only
    if not only.asks_devices or _is_index_order(only, order):
        return question
    return replace(question, found=_candidates(question, COUNT_CAP + 1))


def _is_sorted_sooner(question: Question, candidates: int, order: Order | None) -> bool:
    """Whether candidates are sorted sooner than a page of them is found along an index.

    A page of 50 among `k` of `n` lies within the first 50 n / k entries of the index. Looking
    whether these are candidates costs what fetching all `k` does where `k` squared is about 2 n.
    """
    if candidates <= FEWER or order is None or order.sort is Sort.SERIAL:
        return True
    return candidates**2 <= 2 * tallied(question)


def is_of_devices(only: DeviceFilter) -> bool:
    """Whether `candidate_conditions` ask for all that the filter does."""
    is_grouped = only.dynamic or only.except_dynamic
    return not (only.has_text or only.asks_coverage or is_grouped)


def plan_to_count(question: Question) -> Plan:
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
        if question.is_spanning:
            text = "SELECT devices_search_in(%(within)s::bigint[], %(pattern)s, %(most)s)"
        params["pattern"] = grid_where.pattern(only.words)
    else:
        # Models have an index; other members of a set are found along the set.
        driver = Driver.MEMBERS if only.has_sets and not only.models else Driver.DEVICES
        where = grid_sql.candidate_conditions(only, tenant=question.tenant, driver=driver)
        read = grid_sql.source(only, driver, has_coverage=False)
        text = f"SELECT d.id FROM {read} WHERE {where.text} LIMIT %(most)s"  # noqa: S608
        params |= where.params
    return tuple(number for (number,) in sql.fetch_text(question.asked(text), params))


def tallied(question: Question) -> int:
    """What the coverage side of a filter leaves, from the counters (`warranty_tally`)."""
    only = question.only
    rows = question.fetch(
        "count_tally",
        {
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


def any_segment(question: Question) -> list[Where]:
    """The condition on coverage ends, where the filter has one."""
    if not question.only.is_active or not _narrows_coverage(question):
        return []
    return [grid_sql.within_any(question.segments)]


def _narrows_coverage(question: Question) -> bool:
    return question.segments != grid_sql.EVERYWHERE
