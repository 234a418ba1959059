"""The search function looks along the text alone in a large tenant, and finds the same."""

from __future__ import annotations

import psycopg
import pytest

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from tests.cast import add_devices, make_tenant
from tests.plugins.database import FreshDatabase

MANY, FEW = 160, 10
QUESTION = "SELECT devices_search(%s, '%%pc-%%', 1000)"


@pytest.mark.parametrize("has_statistics", [False, True])
def test_each_tenant_finds_its_own_devices_whatever_its_size(
    fresh_database: FreshDatabase, has_statistics: bool
) -> None:
    large, small = make_tenant().id, make_tenant().id
    own = {large: add_devices(large, MANY), small: add_devices(small, FEW)}
    if has_statistics:
        with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
            owner.execute("ANALYZE devices_device")
    with tenant_scope([large, small]):
        found = {
            tenant: sorted(row[0] for row in sql.fetch_text(QUESTION, [tenant])) for tenant in own
        }
    assert found == {tenant: sorted(ids) for tenant, ids in own.items()}
