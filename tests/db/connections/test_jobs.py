"""The look at secrets that expire (W3): each tenant for itself, and every hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicDeferrer

from fleetward.connections.actions import save_connection, tenants_to_warn
from fleetward.connections.contracts import Draft
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.tenancy.contracts import Role
from tests.cast import NOW, make_tenant, make_user
from tests.plugins.database import FreshDatabase

LOOK = "connections.remind_of_expiry"


def keep_secret(tenant: int, days: int) -> None:
    """A connection whose secret expires in so many days, and whoever is told of it."""
    make_user(roles={tenant: Role.IT_ADMIN})
    draft = Draft(
        provider="dell",
        label="Dell",
        settings={},
        secrets={"client_secret": "CANARY"},
        is_enabled=True,
        secret_expires_on=(utc_now() + timedelta(days=days)).date(),
        lifetime_days=0,
    )
    actor = system_actor("Tests", tenant)
    save_connection(actor=actor, tenant=tenant, draft=draft, now=utc_now())


def told(tenants: list[int]) -> list[int]:
    """The tenant of each warning."""
    with tenant_scope(tenants):
        warnings = Notification.objects.filter(kind="SECRET_EXPIRES")
        return sorted(warnings.values_list("tenant_id", flat=True))


def test_w3_a_tenant_that_cannot_be_warned_keeps_no_other_from_its_warnings(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None]
) -> None:
    zones = {"Acme": "Nowhere/At_All", "Globex": "UTC", "Initech": "Europe/Paris"}
    tenants = [make_tenant(name, time_zone=zone).id for name, zone in zones.items()]
    for tenant in tenants:
        keep_secret(tenant, 30)
    app.configure_task(LOOK).defer(timestamp=0)
    run_jobs()
    assert told(tenants) == tenants[1:]


def test_w3_a_worker_that_was_down_at_some_minute_looks_within_the_hour() -> None:
    tasks = app.periodic_registry.periodic_tasks.values()
    (look,) = (task for task in tasks if task.task.name == LOOK)
    for minutes in range(0, 24 * 60, 30):
        back = int((NOW + timedelta(minutes=minutes)).timestamp())
        clock = PeriodicDeferrer(app.periodic_registry)
        assert list(clock.get_timestamps(look, since=back, until=back + 3600))


def test_w3_a_warning_is_given_once_whenever_it_is_looked_for(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None]
) -> None:
    soon, later = make_tenant("Acme").id, make_tenant("Globex").id
    keep_secret(soon, 1)
    keep_secret(later, 90)
    assert tenants_to_warn(now=utc_now()) == [soon]
    for hour in range(3):
        app.configure_task(LOOK).defer(timestamp=hour)
        run_jobs()
    assert told([soon, later]) == [soon]
    assert tenants_to_warn(now=utc_now()) == []
