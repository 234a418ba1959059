"""Exports of all customers of a partner, whose files outlive no relation (T3, T5)."""

from __future__ import annotations

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import RelationState, Role
from fleetward.tenancy.models import Relation
from fleetward.warranty import jobs
from fleetward.warranty.exports.actions import fetch_export, start_export
from fleetward.warranty.exports.contracts import ExportFormat, ExportGone
from fleetward.warranty.models import Export
from tests.cast import actor_of, add_devices, make_tenant, make_user, manage
from tests.db.warranty.test_exports import DAY, SHEET
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv


def test_a_file_of_all_customers_ends_with_the_relation_to_one(
    fresh_database: FreshDatabase, set_env: SetEnv, tmp_path: object
) -> None:
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))
    partner = make_tenant("Reseller", kind="PARTNER")
    one, two = make_tenant("Initech"), make_tenant("Hooli")
    for customer in (one, two):
        manage(customer, partner)
        add_devices(customer.id, 1, location=customer.name)
    who = make_user(roles={partner.id: Role.PARTNER_ADMIN})

    def fetch() -> str:
        given = {"tenant": partner.id, "uid": row.uid, "now": utc_now()}
        return fetch_export(actor=actor_of(who), **given)[1].read_text()

    row = start_export(
        actor=actor_of(who),
        tenant=partner.id,
        format_=ExportFormat.CSV,
        query="",
        sheet=SHEET,
        day=DAY,
        now=utc_now(),
    )
    jobs.exports.make_export(tenant=partner.id, export=row.id, clock=utc_now)
    assert {"Initech", "Hooli"} <= set(fetch().replace(",", " ").split())
    relation = Relation.objects.filter(customer_id=one.id)
    relation.update(state=RelationState.ENDED)
    with pytest.raises(ExportGone):
        fetch()
    relation.update(state=RelationState.ACCEPTED)
    assert "Initech" in fetch()
    # A file from before tenants were noted: which it tells of, nobody knows.
    with tenant_scope([partner.id]):
        assert Export.objects.update(tenants=None) == 1
    with pytest.raises(ExportGone):
        fetch()
