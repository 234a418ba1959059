"""The operator's page of the installation: figures, and no look into a tenant."""

from __future__ import annotations

import pytest
from django.test import Client

from fleetward.connections.contracts import State
from fleetward.connections.models import Connection
from fleetward.connections.queries import Trouble, list_troubles
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.contracts import Role, TenantRow
from tests.cast import actor_of, make_tenant, make_user, make_vendor
from tests.objects import connect

pytestmark = pytest.mark.django_db


def connected(name: str, state: State, *, is_enabled: bool = True) -> TenantRow:
    """A tenant with a connection to Dell in a state."""
    tenant = make_tenant(name)
    connect(tenant)
    with tenant_scope([tenant.id]):
        Connection.objects.update(state=state, is_enabled=is_enabled)
    return tenant


def test_external_services_in_trouble_are_counted_over_all_tenants() -> None:
    vendor, operator = make_vendor()
    connected("One", State.FAILING)
    connected("Two", State.FAILING)
    connected("Three", State.OK)
    connected("Four", State.CREDENTIALS_REFUSED, is_enabled=False)
    found = list_troubles(actor=actor_of(operator), vendor=vendor.id)
    assert found == [Trouble("dell", State.FAILING, 2)]


def test_only_operators_may_count() -> None:
    vendor, _ = make_vendor()
    tenant = make_tenant("Acme")
    admin = actor_of(make_user(roles={tenant.id: Role.IT_ADMIN}))
    with pytest.raises(NotFound):
        list_troubles(actor=admin, vendor=vendor.id)
    with pytest.raises(Forbidden):
        list_troubles(actor=admin, vendor=tenant.id)


def test_the_page_tells_numbers_and_no_names() -> None:
    vendor, operator = make_vendor()
    tenant = connected("Secretive Ltd", State.FAILING)
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(operator)
    text = client.get(f"/t/{vendor.customer_id}/operator/installation/").content.decode()
    assert "No sign of life" in text
    assert "Failing" in text
    assert "Dell" in text
    assert tenant.name not in text
    assert tenant.customer_id not in text
