"""The figures of the warranty dashboard (W12): one pass over the tally, so that they agree.

Narrowed to groups (E13) it is the same pass over what the tally of their devices would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.grid import question_of
from fleetward.warranty.queries.grid_counting import HASHED, tally_of
from fleetward.warranty.queries.grid_filter import DeviceFilter

MONTHS_EACH_SIDE = 18
# What the statement reads, in its one place.
ALL_DEVICES = "FROM warranty_tally t"


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """What the dashboard is narrowed to; empty is everything."""

    manufacturers: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    groups: tuple[UUID, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.manufacturers or self.statuses or self.groups)


@dataclass(frozen=True, slots=True)
class Month:
    """Devices whose coverage ends in the month that begins on `first`, by status."""

    first: date
    by_status: Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All figures of one filtered set. Expiring counts as in warranty in percentages (W10)."""

    today: date
    by_status: Mapping[Status, int]
    by_vendor: Mapping[str, Mapping[Status, int]]
    by_reason: Mapping[Reason, int]
    months: Sequence[Month]
    within_30_days: int
    simulated: int

    @property
    def devices(self) -> int:
        return sum(self.by_status.values())

    @property
    def in_warranty(self) -> int:
        return self.by_status.get(Status.IN, 0) + self.by_status.get(Status.EXPIRING, 0)


@scoped
def dashboard(
    *,
    actor: Actor,
    tenant: int,
    today: date,
    expiring_days: int,
    only: DashboardFilter = DashboardFilter(),
) -> Dashboard:
    """The dashboard of a tenant on a day. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    params = {
        "tenants": list(scope(actor, Capability.SEE_WARRANTY).tenants),
        "tenant": tenant,
        "today": today,
        "expiring_days": expiring_days,
        "manufacturers": list(only.manufacturers),
        "statuses": [str(status) for status in only.statuses],
    }
    text = sql.statement("warranty", "count_dashboard")
    members = DeviceFilter(groups=only.groups)
    question = question_of(actor, tenant, members, today, expiring_days)
    if not only.groups:
        return _gather(sql.fetch_text(question.asked(text), question.params | params), today)
    tally, more = tally_of(question)
    # Where the statement reads otherwise, this fails, and does not show the figures of all devices.
    before, after = text.split(ALL_DEVICES)
    text = f"{before}FROM ({tally}) t{after}"
    return _gather(sql.fetch_text(text, more | params, **HASHED), today)


def _gather(rows: Sequence[tuple[str, str, str, int, int, int]], today: date) -> Dashboard:
    by_status: dict[Status, int] = dict.fromkeys(Status, 0)
    by_vendor: dict[str, dict[Status, int]] = {}
    by_reason: dict[Reason, int] = {}
    by_month: dict[str, dict[Status, int]] = {}
    soon = simulated = 0
    for kind, key, word, devices, soon_here, simulated_here in rows:
        status = Status(word)
        if kind == "VENDOR":
            by_status[status] += devices
            by_vendor.setdefault(key, {})[status] = devices
            soon += soon_here
            simulated += simulated_here
        elif kind == "REASON" and key:
            by_reason[Reason(key)] = devices
        elif kind == "MONTH" and key:
            by_month.setdefault(key, {})[status] = devices
    return Dashboard(
        today=today,
        by_status=by_status,
        by_vendor=by_vendor,
        by_reason=by_reason,
        months=[Month(first, by_month.get(first.isoformat(), {})) for first in _months(today)],
        within_30_days=soon,
        simulated=simulated,
    )


def _months(today: date) -> list[date]:
    present = today.year * 12 + today.month - 1
    numbers = range(present - MONTHS_EACH_SIDE, present + MONTHS_EACH_SIDE + 1)
    return [date(n // 12, n % 12 + 1, 1) for n in numbers]
