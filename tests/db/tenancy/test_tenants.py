"""Making a tenant and changing what it can set for itself."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, transaction

from fleetward.kernel.actor import system_actor
from fleetward.tenancy.actions import create_tenant
from fleetward.tenancy.contracts import BadSetting, Region
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import count_tenants
from tests.cast import NOW, make_tenant

pytestmark = pytest.mark.django_db


def test_a_tenant_needs_a_name() -> None:
    with pytest.raises(BadSetting):
        create_tenant(actor=system_actor("Tests"), name="  ", now=NOW)
    assert count_tenants() == 0


@pytest.mark.parametrize("change", [{"customer_id": "AJAX"}, {"region": Region.US}], ids=str)
def test_t1_t12_neither_customer_id_nor_region_ever_changes(change: dict[str, str]) -> None:
    acme = Tenant.objects.filter(id=make_tenant("Acme").id)
    assert acme.update(name="Ajax") == 1
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        acme.update(**change)


def test_t1_the_owner_of_the_table_cannot_change_one_either(
    owner_connection: psycopg.Connection,
) -> None:
    with owner_connection.transaction(force_rollback=True):
        owner_connection.execute(
            "INSERT INTO tenancy_tenant (customer_id, name, kind, region, time_zone, language,"
            " expiring_days, created_at)"
            " VALUES ('ACME', 'Acme', 'CUSTOMER', 'EU', 'UTC', 'en', 180, now())"
        )
        moved = "UPDATE tenancy_tenant SET customer_id = 'AJAX' WHERE customer_id = 'ACME'"
        renamed = "UPDATE tenancy_tenant SET name = 'Ajax' WHERE customer_id = 'ACME'"
        assert owner_connection.execute(renamed).rowcount == 1
        with (
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changes"),
            owner_connection.transaction(),
        ):
            owner_connection.execute(moved)
        # Else the check of the owner, which waits for the end, stands in the way.
        owner_connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        owner_connection.execute(
            "ALTER TABLE tenancy_tenant DISABLE TRIGGER tenancy_tenant_fixed_customer_id"
        )
        assert owner_connection.execute(moved).rowcount == 1, "control: it was the trigger"
