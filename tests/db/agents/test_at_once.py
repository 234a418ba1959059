"""What becomes of PINs that two make at the same time (E7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from fleetward.agents.actions import make_pin, pins
from fleetward.agents.contracts import PinState
from fleetward.agents.queries import list_pins
from fleetward.kernel.actor import Actor
from fleetward.tenancy.contracts import Role
from tests.cast import NOW, actor_of, make_tenant, make_user
from tests.plugins.database import FreshDatabase
from tests.races import at_once


def two_pins() -> tuple[Actor, int, Callable[[], None]]:
    """Who makes PINs where, and how."""
    tenant = make_tenant().id
    actor = actor_of(make_user(roles={tenant: Role.IT_ADMIN}))

    def make() -> None:
        make_pin(actor=actor, tenant=tenant, now=NOW)

    return actor, tenant, make


def test_e7_of_two_made_at_once_one_enrols(fresh_database: FreshDatabase) -> None:
    actor, tenant, make = two_pins()
    at_once([tenant], make, make)
    found = list_pins(actor=actor, tenant=tenant, now=NOW)
    assert [pin.state for pin in found] == [PinState.ALIVE, PinState.REVOKED]


def test_control_without_the_turn_the_second_fails(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "wait_turn", lambda lock, owner: None)
    _, tenant, make = two_pins()
    with pytest.raises(IntegrityError, match="agents_enrolmentpin_one"):
        at_once([tenant], make, make)
