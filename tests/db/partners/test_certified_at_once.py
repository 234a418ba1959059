"""Two users of one partner who are certified at the same time (T6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError

from fleetward.partners.actions import certifying
from fleetward.tenancy.actions import partners as marking
from fleetward.tenancy.contracts import TenantKind
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import get_tenant_by_id
from tests.db.partners.programmes import Programmes, make_programmes, news
from tests.plugins.database import FreshDatabase
from tests.races import at_once


@contextmanager
def unlocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Certifying without its turn."""
    with monkeypatch.context() as patch:
        for module in (certifying, marking):
            patch.setattr(module, "lock_partner", get_tenant_by_id)
        yield


def two_at_once(world: Programmes) -> None:
    both = [world.vendor.id, world.partner.id]
    at_once(both, lambda: world.certify(world.admin), lambda: world.certify(world.specialist))


def test_t6_two_certified_at_once_make_one_holding_tenant(fresh_database: FreshDatabase) -> None:
    world = make_programmes()
    two_at_once(world)
    assert Tenant.objects.filter(kind=TenantKind.HOLDING).count() == 1
    assert [person.is_certified for person in world.detail.people] == [True, True]
    assert news(world.partner).count("HOLDING_OPENED") == 1


def test_control_without_its_turn_the_second_one_fails(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_programmes()
    with unlocked(monkeypatch), pytest.raises(IntegrityError, match="owner_id"):
        two_at_once(world)
