"""Credentials follow a device into another tenant, and come back with what they were of."""

from __future__ import annotations

import pytest

from fleetward.agents.actions import release_waiting
from fleetward.agents.contracts import PresenceRow
from fleetward.agents.models import Agent, Presence
from fleetward.agents.queries import find_agent, find_left_presence
from fleetward.devices.actions.moving import preview_reassignment
from fleetward.devices.contracts import EffectLine
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import NotFound
from tests.cast import NOW, add_devices
from tests.db.agents.machines import another, new_key, site
from tests.db.moves.world import LATER, World, reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def owner(world: World) -> tuple[int, int]:
    """The tenant and the device of the one credential there is."""
    with tenant_scope(world.both):
        (agent,) = Agent.objects.all()
    return agent.tenant_id, agent.device_id


def seen_on(tenant: int, device: int) -> None:
    with tenant_scope([tenant]):
        Presence.objects.create(tenant_id=tenant, device_id=device, user="jane", seen_at=NOW)


def seen_by(tenant: int) -> list[int]:
    with tenant_scope([tenant]):
        return list(Presence.objects.filter(tenant_id=tenant).values_list("device_id", flat=True))


def test_a_machine_goes_on_with_its_credential_and_leaves_who_was_seen(world: World) -> None:
    made = site(world.source).enrol()
    device = owner(world)[1]
    seen_on(world.source.id, device)
    other = add_devices(world.source.id, 1)
    for devices, count in ((other, 0), ([*other, device], 1)):
        lines = preview_reassignment(actor=world.actor, move=world.move(), devices=devices)
        assert EffectLine("PRESENCE_STAYS", count) in lines
    world.go([device])
    assert owner(world) == (world.target.id, device)
    found = find_agent(made.credential)
    assert found is not None
    assert found.tenant == world.target.id
    assert (seen_by(world.source.id), seen_by(world.target.id)) == ([device], [])
    uid = world.row(device).uid
    kept = find_left_presence(actor=reader(world.source.id), tenant=world.source.id, device=uid)
    assert kept == PresenceRow("jane", "", NOW)
    elsewhere = reader(world.target.id)
    assert find_left_presence(actor=elsewhere, tenant=world.target.id, device=uid) is None
    with pytest.raises(NotFound):
        find_left_presence(actor=elsewhere, tenant=world.source.id, device=uid)
    world.come_back([device], LATER)
    assert owner(world) == (world.source.id, device)


def test_t14_a_listing_that_was_enrolled_keeps_its_credential_in_what_takes_its_place(
    world: World,
) -> None:
    site(world.target).enrol()
    listing = owner(world)[1]
    seen_on(world.target.id, listing)
    known = world.row(listing)
    (device,) = add_devices(world.source.id, 1)
    with tenant_scope([world.source.id]):
        same = {"manufacturer": known.manufacturer, "serial": known.serial}
        Device.objects.filter(id=device).update(**same)
    (moved,) = world.go([device])
    assert moved.is_merged
    assert owner(world) == (world.target.id, device)
    assert seen_by(world.target.id) == [device]
    world.come_back([device], LATER)
    assert owner(world) == (world.target.id, listing)
    assert seen_by(world.target.id) == [listing]
    assert world.row(device).tenant_id == world.source.id


def test_t11_what_asked_in_the_target_too_stops_no_move_and_is_released_there(
    world: World,
) -> None:
    ours, theirs, key = site(world.source), site(world.target), new_key()
    first, other = ours.enrol(key=key), ours.enrol(another("7YH2QL3"))
    waits = theirs.enrol(key=key)
    devices = [device.id for device in ours.devices()]
    assert len(world.go(devices)) == 2
    assert find_agent(first.credential) is None
    kept = find_agent(other.credential)
    assert kept is not None
    assert kept.tenant == world.target.id
    assert release_waiting(tenant=world.target.id, now=LATER) == 1
    found = find_agent(waits.credential)
    assert found is not None
    assert (found.tenant, found.device) == (world.target.id, first.device)
