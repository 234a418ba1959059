"""Workers that are late: the connection is gone, or has no quota to keep."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.connections.actions import note_failure, save_connection, take_slot
from fleetward.connections.contracts import BadField, Draft, Limits
from fleetward.connections.models import Quota
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from tests.bulk import CREDENTIALS
from tests.cast import NOW, make_tenant

pytestmark = pytest.mark.django_db
NO_WAIT, GONE = timedelta(0), 0


@pytest.fixture
def tenant() -> int:
    return make_tenant().id


def test_a_call_without_limits_leaves_at_once_and_is_counted(tenant: int) -> None:
    draft = Draft("dell", settings={"client_id": "a"}, secrets={"client_secret": "b"})
    save_connection(actor=system_actor("Tests", tenant), tenant=tenant, draft=draft, now=NOW)
    with tenant_scope([tenant]):
        quota = Quota.objects.get()
    found = take_slot(
        tenant=tenant, connection_id=quota.connection_id, limits=Limits(), most=NO_WAIT
    )
    assert (found.is_taken, found.wait) == (True, NO_WAIT)
    with tenant_scope([tenant]):
        assert Quota.objects.get().used == 1


@pytest.mark.parametrize("limits", [Limits(), Limits(per_minute=60)])
def test_no_call_leaves_over_a_connection_that_is_gone(tenant: int, limits: Limits) -> None:
    most = timedelta(seconds=10)
    found = take_slot(tenant=tenant, connection_id=GONE, limits=limits, most=most)
    assert (found.is_taken, found.wait) == (False, most)


def test_trouble_with_a_connection_that_is_gone_counts_for_nobody(tenant: int) -> None:
    failures = note_failure(
        tenant=tenant,
        connection_id=GONE,
        revision=1,
        text="HTTP 503",
        wait_after=lambda _failures: timedelta(minutes=1),
        now=NOW,
    )
    assert failures == 0


def test_a_value_that_is_not_offered_is_refused(tenant: int) -> None:
    form = ServiceForm(CREDENTIALS["apple"] | {"organisation": "household"})
    with pytest.raises(BadField):
        save_external_service(
            actor=system_actor("Tests", tenant), tenant=tenant, provider="apple", form=form, now=NOW
        )
