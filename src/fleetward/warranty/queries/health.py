"""The vendor health board: how each connection of a tenant does, from what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.connections.contracts import ConnectionRow
from fleetward.connections.queries import list_connections
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.contracts import (
    Age,
    Figures,
    HealthBoard,
    KeptFigures,
    ProviderTraits,
    Reason,
    ServiceHealth,
)
from fleetward.warranty.models import HealthDay
from fleetward.warranty.queries.eligible import offers_of
from fleetward.warranty.queries.grid import count_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.grid_members import Among
from fleetward.warranty.queries.providers import is_simulated, limits_of, providers
from fleetward.warranty.rules import baseline_days, first_day, points_since

Row = tuple[str, str, str, int]


@scoped
def vendor_health(
    *, actor: Actor, tenant: int, now: datetime, groups: Sequence[UUID] = ()
) -> HealthBoard:
    """Every connection of a tenant with its figures. Raises: NotFound, Forbidden.

    A device is counted where it would be asked: at the provider chosen for its manufacturer.
    `groups`: count the devices in any of these only (E13). Quota and secret are the tenant's, and
    figures of earlier days are kept of all devices only: then there are none to compare with.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    stored = {
        row.provider: row
        for row in list_connections(actor=actor, tenant=tenant)
        if row.provider in providers()
    }
    makers = _makers(stored)
    settings = get_tenant_by_id(tenant).settings
    today = day_in(settings.time_zone, now)
    every = [name for names in makers.values() for name in names]
    rows = _counted(Among(actor, tenant, groups, today), every, settings.time_zone)
    earlier = {} if groups else _earlier(tenant, today)
    others = count_devices(
        actor=actor,
        tenant=tenant,
        only=DeviceFilter(except_manufacturers=tuple(every), groups=tuple(groups)),
        today=today,
        expiring_days=settings.expiring_days,
    )
    services = [
        _health(providers()[key].traits, row, makers[key], rows, earlier.get(key), today)
        for key, row in stored.items()
    ]
    return HealthBoard(today=today, services=services, others=others.number, groups=tuple(groups))


def _makers(stored: Mapping[str, ConnectionRow]) -> dict[str, tuple[str, ...]]:
    """By connection, the manufacturers that it is asked about."""
    offered = offers_of((one.traits for one in providers().values()), stored)
    return {
        key: tuple(one["manufacturer"] for one in offered if one["provider"] == key)
        for key in stored
    }


def _counted(among: Among, manufacturers: Sequence[str], zone: str) -> list[Row]:
    begins = {
        age.lower(): datetime.combine(first_day(age, among.today), time(), ZoneInfo(zone))
        for age in (Age.WEEK, Age.MONTH, Age.QUARTER)
    }
    params = {
        "tenants": list(scope(among.actor, Capability.SEE_WARRANTY).tenants),
        "tenant": among.tenant,
        "manufacturers": list(manufacturers),
    }
    return among.fetch("count_health", params | begins, device="c.device_id")


def _earlier(tenant: int, today: date) -> dict[str, KeptFigures]:
    """By provider, the figures of a week ago."""
    kept = HealthDay.objects.filter(tenant_id=tenant, kept_on__range=baseline_days(today))
    return {
        one.provider: KeptFigures(one.kept_on, one.devices, one.answered, one.found)
        for one in kept.order_by("kept_on")
    }


def _health(
    traits: ProviderTraits,
    row: ConnectionRow,
    manufacturers: tuple[str, ...],
    rows: Iterable[Row],
    earlier: KeptFigures | None,
    today: date,
) -> ServiceHealth:
    figures = _figures(one for one in rows if one[0] in manufacturers)
    limits = limits_of(traits)
    expires_on = row.secret_expires_on
    return ServiceHealth(
        connection=row,
        label=traits.label,
        is_simulated=is_simulated(traits, row.simulated_at),
        manufacturers=manufacturers,
        limits=limits,
        calls_left=max(0, limits.per_day - row.used_today) if limits.per_day else None,
        secret_days_left=(expires_on - today).days if expires_on else None,
        figures=figures,
        earlier=earlier,
        drift=points_since(figures, earlier),
    )


def _figures(rows: Iterable[Row]) -> Figures:
    problems: Counter[Reason] = Counter()
    ages = Counter(dict.fromkeys(Age, 0))
    found = 0
    for _maker, problem, age, devices in rows:
        ages[Age(age)] += devices
        if problem:
            problems[Reason(problem)] += devices
        elif age != Age.NEVER:
            found += devices
    return Figures(
        devices=ages.total(),
        answered=ages.total() - ages[Age.NEVER],
        found=found,
        by_problem=dict(problems.most_common()),
        by_age=dict(ages),
    )
