"""Opening a lane: whom a run can ask, of several that answer for a make, and why nobody (W11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetward.connections.contracts import State
from fleetward.connections.models import Connection
from fleetward.connections.queries import rows_of
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.warranty.actions.lanes import Lane
from fleetward.warranty.actions.opening import open_lane
from fleetward.warranty.contracts import Reason
from fleetward.warranty.queries.eligible import offers_of
from fleetward.warranty.queries.providers import get_provider
from tests.cast import make_tenant
from tests.objects import connect

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("provider", "reason"),
    [("nobody", Reason.VENDOR_NOT_SUPPORTED), ("dell", Reason.NOT_CONFIGURED)],
)
def test_w11_where_nobody_can_be_asked_there_is_no_lane(provider: str, reason: Reason) -> None:
    tenant = make_tenant().id
    assert open_lane(system_actor("Tests", tenant), 1, tenant, provider) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_enabled": False}, Reason.NOT_CONFIGURED),
        ({"state": State.CREDENTIALS_REFUSED}, Reason.CREDENTIALS_REFUSED),
    ],
)
def test_w11_a_service_that_is_off_or_paused_has_no_lane(
    changes: dict[str, object], reason: Reason
) -> None:
    tenant = make_tenant()
    connect(tenant)
    actor = system_actor("Tests", tenant.id)
    assert isinstance(open_lane(actor, 1, tenant.id, "dell"), Lane)
    with tenant_scope([tenant.id]):
        Connection.objects.update(**changes)
    assert open_lane(actor, 1, tenant.id, "dell") == reason


def test_of_several_providers_one_that_can_be_asked_or_is_set_up_is_offered() -> None:
    tenant = make_tenant()
    connect(tenant)
    with tenant_scope([tenant.id]):
        (usable,) = rows_of(tenant.id)
    off = replace(usable, is_enabled=False)
    traits = replace(get_provider("dell").traits, manufacturers=("Dell",))
    two = [replace(traits, key=key) for key in ("first", "second")]
    for connections, chosen in (
        ({}, "first"),
        ({"second": usable}, "second"),
        ({"first": usable, "second": usable}, "first"),
        ({"second": off}, "second"),
        ({"first": off, "second": usable}, "second"),
        ({"first": off, "second": off}, "first"),
    ):
        (offer,) = offers_of(two, connections)
        assert offer["provider"] == chosen
