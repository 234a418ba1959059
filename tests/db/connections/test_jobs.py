"""The daily look at secrets that expire (W3): each tenant for itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from procrastinate.contrib.django import app

from fleetward.connections.actions import save_connection
from fleetward.connections.contracts import Draft
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.tenancy.contracts import Role
from tests.cast import make_tenant, make_user
from tests.plugins.database import FreshDatabase


def test_w3_a_tenant_that_cannot_be_warned_keeps_no_other_from_its_warnings(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None]
) -> None:
    zones = {"Acme": "Nowhere/At_All", "Globex": "UTC", "Initech": "Europe/Paris"}
    tenants = [make_tenant(name, time_zone=zone).id for name, zone in zones.items()]
    for tenant in tenants:
        make_user(roles={tenant: Role.IT_ADMIN})
        draft = Draft(
            provider="dell",
            label="Dell",
            settings={},
            secrets={"client_secret": "CANARY"},
            is_enabled=True,
            secret_expires_on=(utc_now() + timedelta(days=30)).date(),
            lifetime_days=0,
        )
        actor = system_actor("Tests", tenant)
        save_connection(actor=actor, tenant=tenant, draft=draft, now=utc_now())
    app.configure_task("connections.remind_of_expiry").defer(timestamp=0)
    run_jobs()
    with tenant_scope(tenants):
        told = Notification.objects.filter(kind="SECRET_EXPIRES")
        assert sorted(told.values_list("tenant_id", flat=True)) == tenants[1:]
