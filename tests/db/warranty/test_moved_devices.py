"""Walk B: a device changes its tenant while a run of the old one is about to ask about it."""

from __future__ import annotations

import uuid

import pytest

from fleetward.devices.contracts import Move
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.contracts import DELETED
from fleetward.warranty.models import Evidence
from tests.bulk import finish, outcomes_of
from tests.cast import make_tenant
from tests.db.moves.world import mover, transfer
from tests.db.warranty.test_changed_identity import Place, answer, claimed, make_place
from tests.invariants import (
    coverage_is_what_the_entitlements_amount_to,
    one_tenant_for_each_device,
    the_tally_is_a_recount,
)
from tests.simulators import Simulators

pytestmark = pytest.mark.django_db


def give_away(place: Place) -> int:
    """The first device goes to another tenant, whose id is returned."""
    target = make_tenant("Target").id
    transfer(
        actor=mover(place.tenant, target),
        move=Move(place.tenant, target, uuid.uuid4(), utc_now()),
        devices=[place.changed],
    )
    return target


def test_an_answer_that_is_under_way_is_dropped_with_the_device(vendors: Simulators) -> None:
    place = make_place(vendors)
    lane, claims = claimed(place)
    target = give_away(place)
    answer(lane, claims)
    outcomes = outcomes_of(place.tenant, place.run.id)
    assert outcomes.pop(place.changed) == ""
    assert set(outcomes.values()) <= {"FOUND", "NOT_FOUND"}
    with tenant_scope([place.tenant, target]):
        assert not Evidence.objects.filter(device_id=place.changed).exists()
    finish(place.tenant, place.run)
    assert outcomes_of(place.tenant, place.run.id)[place.changed] == DELETED
    for tenant in (place.tenant, target):
        one_tenant_for_each_device(tenant)
        coverage_is_what_the_entitlements_amount_to(tenant)
        the_tally_is_a_recount(tenant)


def test_a_run_does_not_ask_about_a_device_that_has_gone(vendors: Simulators) -> None:
    place = make_place(vendors)
    give_away(place)
    finish(place.tenant, place.run)
    outcomes = outcomes_of(place.tenant, place.run.id)
    assert outcomes.pop(place.changed) == DELETED
    assert set(outcomes.values()) <= {"FOUND", "NOT_FOUND"}
