"""Making a tenant and changing what it can set for itself."""

from __future__ import annotations

import pytest

from fleetward.kernel.actor import system_actor
from fleetward.tenancy.actions import change_settings, create_tenant
from fleetward.tenancy.contracts import BadSetting, TenantSettings
from fleetward.tenancy.queries import count_tenants, get_tenant_by_id
from tests.cast import NOW, actor_of, make_cast

pytestmark = pytest.mark.django_db


def test_a_tenant_needs_a_name() -> None:
    with pytest.raises(BadSetting):
        create_tenant(actor=system_actor("Tests"), name="  ", now=NOW)
    assert count_tenants() == 0


def test_a_tenant_keeps_its_name_when_it_is_given_none() -> None:
    cast = make_cast()
    with pytest.raises(BadSetting):
        change_settings(
            actor=actor_of(cast.admin),
            tenant=cast.acme.id,
            name=" ",
            settings=TenantSettings(),
            now=NOW,
        )
    assert get_tenant_by_id(cast.acme.id).name == "Acme"
