"""Two admins of a customer who answer its partner at the same time (T3)."""

from __future__ import annotations

import pytest

from fleetward.audit.models import Entry
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.actions import answer_partner
from fleetward.tenancy.contracts import RelationOver, RelationState, Role
from fleetward.tenancy.models import Relation
from tests.cast import NOW, actor_of, make_tenant, make_user, manage
from tests.plugins.database import FreshDatabase
from tests.races import at_once


def test_t3_of_two_answers_at_once_the_first_counts(fresh_database: FreshDatabase) -> None:
    customer, partner = make_tenant("Initech"), make_tenant("Reseller", kind="PARTNER")
    manage(customer, partner, state="PENDING")
    admin = make_user(roles={customer.id: Role.IT_ADMIN})

    def answer(*, accepts: bool) -> None:
        answer_partner(actor=actor_of(admin), tenant=customer.id, accepts=accepts, now=NOW)

    def decline_late() -> None:
        with pytest.raises(RelationOver):
            answer(accepts=False)

    at_once([customer.id, partner.id], lambda: answer(accepts=True), decline_late)
    assert Relation.objects.get().state == RelationState.ACCEPTED
    for tenant in (customer, partner):
        with tenant_scope([tenant.id]):
            assert [entry.verb for entry in Entry.objects.all()] == ["partner.accepted"]
