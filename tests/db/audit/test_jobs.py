"""Sealing by the clock: each tenant for itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from procrastinate.contrib.django import app

from fleetward.audit import jobs
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.audit.models import Seal
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from tests.cast import make_tenant
from tests.plugins.database import FreshDatabase


@use_case
def act(*, actor: Actor, tenant: int) -> None:
    record(actor=actor, verb=Verb.TENANT_SETTINGS_CHANGED, tenant=tenant)


def test_a_tenant_that_cannot_be_sealed_keeps_no_other_from_its_seals(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = [make_tenant(name).id for name in ("Acme", "Globex", "Initech")]
    for tenant in tenants:
        act(actor=system_actor("Tests", tenant), tenant=tenant)
    seal = jobs.seal_entries

    def seal_most(*, actor: Actor, tenant: int) -> int:
        assert tenant != tenants[0], "on purpose"
        return seal(actor=actor, tenant=tenant)

    monkeypatch.setattr(jobs, "seal_entries", seal_most)
    app.configure_task("audit.seal").defer(timestamp=0)
    run_jobs()
    with tenant_scope(tenants):
        sealed = Seal.objects.values_list("tenant_id", flat=True)
        assert sorted(sealed) == tenants[1:]
