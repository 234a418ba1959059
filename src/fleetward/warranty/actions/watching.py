"""Keeping how connections stand, once a day, for what is told of them a week later."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleetward.audit.actions import use_case
from fleetward.connections.queries import tenants_connected
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in
from fleetward.tenancy.queries import list_settings
from fleetward.warranty.models import HealthDay
from fleetward.warranty.queries.health import vendor_health
from fleetward.warranty.queries.providers import providers

KEPT = timedelta(days=90)
DAY = timedelta(days=1)


def tenants_to_keep(*, now: datetime) -> list[int]:
    """Those with connections in which a day has begun of which nothing is kept yet.

    And those that keep what is too old by any time zone, though they have no connection any more.
    """
    settings = list_settings()
    days = {tenant: day_in(one.time_zone, now) for tenant, one in settings.items()}
    with tenant_scope(settings):
        rows = HealthDay.objects.filter(kept_on__in=set(days.values()))
        done = set(rows.values_list("tenant_id", "kept_on"))
        old = HealthDay.objects.filter(kept_on__lt=(now - KEPT - DAY).date())
        too_old = set(old.values_list("tenant_id", flat=True))
    connected = tenants_connected(tenants=settings, providers=providers())
    return sorted({one for one in connected if (one, days[one]) not in done} | too_old)


@use_case
def keep_figures(*, actor: Actor, tenant: int, now: datetime) -> int:
    """Keep the figures of a tenant's connections under its present day; of how many is returned.

    Raises: NotFound, Forbidden.   Audit: none; nothing of the tenant's own changes.
    Repeat: the first figures of a day stay.
    """
    board = vendor_health(actor=actor, tenant=tenant, now=now)
    HealthDay.objects.bulk_create(
        [
            HealthDay(
                tenant_id=tenant,
                provider=one.connection.provider,
                kept_on=board.today,
                devices=one.figures.devices,
                answered=one.figures.answered,
                found=one.figures.found,
            )
            for one in board.services
        ],
        ignore_conflicts=True,
    )
    HealthDay.objects.filter(tenant_id=tenant, kept_on__lt=board.today - KEPT).delete()
    return len(board.services)
