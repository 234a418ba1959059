"""What only enrolled devices are asked about is asked about once they are (E2, E3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from fleetward.devices.actions import add_device, delete_devices, effects, restore_devices
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.warranty.contracts import ProviderTraits
from fleetward.warranty.models import Coverage
from fleetward.warranty.queries import eligible
from fleetward.warranty.queries.providers import providers
from tests.cast import NOW, Cast
from tests.db.agents.machines import Site, site

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Choosy:
    """A vendor service that answers for enrolled devices only."""

    traits: ProviderTraits


@pytest.fixture(autouse=True)
def choosy(monkeypatch: pytest.MonkeyPatch) -> None:
    dell = Choosy(replace(providers()["dell"].traits, enrolled_only=True))
    monkeypatch.setattr(eligible, "providers", lambda: {"dell": dell})


@pytest.fixture
def ours(cast: Cast) -> Site:
    """A tenant that lists the machine which is to enrol."""
    add_device(
        actor=system_actor("Tests", cast.acme.id),
        tenant=cast.acme.id,
        device=DeviceInput("Dell", "5XK2QL3"),
        origin=Origin.CSV,
        now=NOW,
    )
    return site(cast.acme)


def reason(of: Site) -> str:
    with tenant_scope([of.tenant.id]):
        return Coverage.objects.get().reason


def test_e3_a_listed_device_becomes_eligible_when_it_is_enrolled(ours: Site) -> None:
    assert reason(ours) == "NOT_ENROLLED"
    ours.enrol()
    assert reason(ours) == "NOT_CONFIGURED"


def test_control_nobody_told_of_the_enrolment_leaves_it_as_it_was(
    ours: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "_effects", [])
    ours.enrol()
    assert reason(ours) == "NOT_ENROLLED"


def test_e10_one_that_comes_back_from_deletion_is_listed(ours: Site) -> None:
    ours.enrol()
    asked = {"actor": system_actor("Tests", ours.tenant.id), "tenant": ours.tenant.id}
    uids = [ours.device().uid]
    delete_devices(**asked, uids=uids, now=NOW)  # type: ignore[arg-type]
    restore_devices(**asked, uids=uids, now=NOW)  # type: ignore[arg-type]
    assert reason(ours) == "NOT_ENROLLED"
