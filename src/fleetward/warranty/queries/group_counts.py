"""Groups of both kinds from their members' side: how many devices, and which groups a device is in.

One statement for all dynamic groups, however many: each is a condition of it (E13).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.queries.groups import count_members, list_groups, list_groups_of
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.warranty.queries import grid_sql
from fleetward.warranty.queries.grid_counting import HASHED, TALLY
from fleetward.warranty.queries.grid_filter import Count, DeviceFilter, StoredFilter
from fleetward.warranty.queries.grid_groups import stored_filters
from fleetward.warranty.queries.grid_plan import COUNT_CAP, Question
from fleetward.warranty.queries.grid_sql import Driver
from fleetward.warranty.queries.grid_where import Where

EVERYTHING = DeviceFilter()


@scoped
def count_groups(
    *, actor: Actor, tenant: int, uids: Sequence[UUID], today: date, expiring_days: int
) -> dict[UUID, Count]:
    """How many active devices are in each group, counted as the list of the group counts them.

    Raises: NotFound, Forbidden.
    """
    members = count_members(actor=actor, tenant=tenant, uids=uids, most=COUNT_CAP + 1)
    # Somebody may delete a group between its list and its count.
    counts = dict.fromkeys(uids, Count(0))
    counts |= {uid: _capped(number) for uid, number in members.items()}
    question = Question(actor, tenant, EVERYTHING, today, expiring_days)
    found = stored_filters(tenant=tenant, uids=uids, today=today, expiring_days=expiring_days)
    plain = {uid: one for uid, one in found.items() if one.only.is_tallied}
    others = {uid: one for uid, one in found.items() if uid not in plain}
    tallied = _counted(question, plain, "coalesce(sum(c.devices)", TALLY, Where(["true"]))
    looked = _counted(question, others, "coalesce(count(*)", *_devices(question, others))
    return (
        counts
        | {uid: Count(number) for uid, number in tallied.items()}
        | {uid: _capped(number) for uid, number in looked.items()}
    )


def _devices(question: Question, found: Mapping[UUID, StoredFilter]) -> tuple[str, Where]:
    """The active devices, with their coverage where a filter asks for it."""
    has_coverage = any(one.only.asks_coverage for one in found.values())
    read = grid_sql.source(EVERYTHING, Driver.ALL, has_coverage=has_coverage)
    every = grid_sql.conditions(
        EVERYTHING, tenant=question.tenant, driver=Driver.ALL, has_coverage=has_coverage
    )
    return read, every


def _capped(number: int) -> Count:
    return Count(min(number, COUNT_CAP), is_capped=number > COUNT_CAP)


def _counted(
    question: Question, found: Mapping[UUID, StoredFilter], number: str, read: str, every: Where
) -> dict[UUID, int]:
    """One pass over what is read, with a number for each group."""
    if not found:
        return {}
    ways = _conditions(found.values(), is_tally=read is TALLY)
    shown = ", ".join(f"{number} FILTER (WHERE {one.text}), 0)" for one in ways)
    text = f"SELECT {shown} FROM {read} WHERE {every.text}"  # noqa: S608 - constants
    planner = {} if read is TALLY else HASHED
    [numbers] = sql.fetch_text(text, _params(question, [every, *ways]), **planner)
    return dict(zip(found, map(int, numbers), strict=True))


@scoped
def list_groups_with(
    *, actor: Actor, tenant: int, device: UUID, today: date, expiring_days: int
) -> list[tuple[UUID, str]]:
    """The groups of both kinds that a device is in: id and name, by name.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    inside = {uid for uid, _ in list_groups_of(actor=actor, tenant=tenant, device=device)}
    found = stored_filters(tenant=tenant, uids=None, today=today, expiring_days=expiring_days)
    question = Question(actor, tenant, EVERYTHING, today, expiring_days)
    inside |= set(_holding(question, found, device))
    rows = list_groups(actor=actor, tenant=tenant, uids=sorted(inside))
    return [(row.uid, row.name) for row in rows]


def _holding(question: Question, found: Mapping[UUID, StoredFilter], device: UUID) -> list[UUID]:
    """The dynamic groups that one device is in; none for an inactive one (E11)."""
    if not found:
        return []
    read, every = _devices(question, found)
    every.add("d.uid = %(device)s", device=device)
    ways = _conditions(found.values())
    shown = ", ".join(one.text for one in ways)
    text = f"SELECT {shown} FROM {read} WHERE {every.text}"  # noqa: S608 - constants
    rows = sql.fetch_text(text, _params(question, [every, *ways]))
    return [uid for row in rows for uid, is_in in zip(found, row, strict=True) if is_in]


def _conditions(found: Collection[StoredFilter], *, is_tally: bool = False) -> list[Where]:
    has_coverage = is_tally or any(one.only.asks_coverage for one in found)
    return [
        grid_sql.stored_condition(one, f"stored{number}", has_coverage=has_coverage)
        for number, one in enumerate(found)
    ]


def _params(question: Question, parts: Sequence[Where]) -> dict[str, object]:
    params = question.params
    for one in parts:
        params |= one.params
    return params
