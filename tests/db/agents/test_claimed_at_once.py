"""A machine is transferred elsewhere while its customer enrols it (E7, X12): one wins."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from fleetward.agents.contracts import EnrolmentState
from fleetward.devices.actions import reassign_devices
from fleetward.devices.contracts import Move
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.contracts import TenantRow
from tests.cast import NOW, make_tenant, manage
from tests.db.agents.machines import Site
from tests.db.agents.test_claiming import count, held, put
from tests.plugins.database import FreshDatabase
from tests.races import at_once


def both(first_is_transfer: bool) -> tuple[Site, TenantRow, list[int]]:
    """A transfer to another customer and an enrolment, the second beside the first; where it is."""
    ours, partner, holding = held()
    device = put(holding)
    other = make_tenant("Globex")
    manage(other, partner)
    states: list[int] = []
    tenants = (holding.id, partner.id, other.id)

    def transfer() -> None:
        move = Move(holding.id, other.id, uuid4(), NOW)
        actor = system_actor("Tests", *tenants)
        states.append(len(reassign_devices(actor=actor, move=move, devices=[device])))

    def enrol() -> None:
        states.append(ours.enrol().state is EnrolmentState.ENROLLED)

    runs: list[Callable[[], None]] = [transfer, enrol] if first_is_transfer else [enrol, transfer]
    at_once(tenants if first_is_transfer else [ours.tenant.id], *runs)
    return ours, other, states


@pytest.mark.parametrize("first_is_transfer", [True, False], ids=["transfer", "enrolment"])
def test_x12_of_a_transfer_and_an_enrolment_one_wins(
    fresh_database: FreshDatabase, first_is_transfer: bool
) -> None:
    ours, other, states = both(first_is_transfer)
    assert states == [1, 0]
    winner, loser = (other, ours.tenant) if first_is_transfer else (ours.tenant, other)
    assert (count(winner), count(loser)) == (1, 0)
