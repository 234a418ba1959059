"""Machines enrol by a PIN (E7, E3), wait where they are held (T11), and leave again (E10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest
from pytest_django import Settings

from fleetward.agents.actions import (
    make_pin,
    release_waiting,
    revoke_pin,
    tenants_that_wait,
    waiting,
)
from fleetward.agents.contracts import EnrolmentRefused, EnrolmentState, Machine, PinTerms
from fleetward.agents.models import Agent, EnrolmentPin, Pending
from fleetward.agents.queries import find_agent, list_uses
from fleetward.audit.models import Entry
from fleetward.devices.actions import add_device, change_device, delete_devices, undo_change
from fleetward.devices.contracts import BadDevice, DeviceInput, DevicesOvertaken, Origin
from fleetward.devices.models import Change
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import KeyReused, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Tenant
from tests.cast import NOW, Cast, actor_of
from tests.db.agents.machines import LATITUDE, Site, another, new_key, site
from tests.invariants import every_change_is_in_the_trail, no_secret_in_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(cast: Cast) -> Site:
    return site(cast.acme)


@pytest.fixture
def theirs(cast: Cast) -> Site:
    return site(cast.other)


def listed(of: Site, *, product_number: str = "") -> None:
    add_device(
        actor=system_actor("Tests", of.tenant.id),
        tenant=of.tenant.id,
        device=DeviceInput("Dell", "5XK2QL3", product_number, assigned_user="Ada", name="Old name"),
        origin=Origin.CSV,
        now=NOW,
    )


def delete(of: Site) -> None:
    actor = system_actor("Tests", of.tenant.id)
    uids = [device.uid for device in of.devices()]
    delete_devices(actor=actor, tenant=of.tenant.id, uids=uids, now=NOW)


def test_e7_a_machine_enrols_into_the_tenant_of_its_pin(ours: Site) -> None:
    made = ours.enrol()
    device = ours.device()
    assert (made.state, made.device) == (EnrolmentState.ENROLLED, device.uid)
    assert (device.origin, device.has_custody, device.enrolled_at) == ("AGENT", True, NOW)
    assert (device.manufacturer, device.model, device.name) == ("Dell", "Latitude 5440", "PC-1")
    every_change_is_in_the_trail(ours.tenant.id)


def test_the_credential_of_a_machine_is_kept_hashed(ours: Site) -> None:
    made = ours.enrol()
    no_secret_in_database([made.credential, ours.pin], [ours.tenant.id])
    found = find_agent(made.credential)
    assert found is not None
    assert (found.tenant, found.device) == (ours.tenant.id, made.device)
    assert find_agent(made.credential + "x") is None


def test_e3_a_listed_machine_is_enrolled_and_not_doubled(ours: Site) -> None:
    listed(ours)
    before = ours.device()
    ours.enrol()
    device = ours.device()
    assert (device.id, device.origin, device.enrolled_at) == (before.id, "CSV", NOW)
    assert (device.assigned_user, device.name) == ("Ada", "PC-1")
    with tenant_scope([ours.tenant.id]):
        told = Change.objects.filter(kind="CHANGED").get().fields
    assert told["enrolled"] == {"before": False, "after": True}


def test_e3_a_deleted_machine_comes_back_enrolled(ours: Site) -> None:
    listed(ours)
    delete(ours)
    ours.enrol()
    assert (ours.device().is_active, ours.device().has_custody) == (True, True)


def test_e3_the_machine_tells_its_product_number(ours: Site) -> None:
    listed(ours)
    for _ in range(2):
        ours.enrol(replace(LATITUDE, product_number="8D6E0EA"))
        device = ours.device()
        assert (device.product_number, device.has_custody) == ("8D6E0EA", True)


def test_what_was_vouched_for_is_not_undone_by_hand(cast: Cast, ours: Site) -> None:
    listed(ours)
    ours.enrol()
    asked = {"actor": actor_of(cast.admin), "tenant": cast.acme.id, "uid": ours.device().uid}
    with pytest.raises(NotFound):
        undo_change(**asked, reference="agent-request", now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("serial", ["To be filled by O.E.M.", "0", "System Serial Number", ""])
def test_e12_a_junk_serial_enrols_nothing(ours: Site, serial: str) -> None:
    with pytest.raises(BadDevice):
        ours.enrol(another(serial))
    assert ours.devices() == []
    with tenant_scope([ours.tenant.id]):
        assert EnrolmentPin.objects.get().uses == 0


def test_repeated_with_the_same_key_it_has_one_effect(ours: Site) -> None:
    key = new_key()
    first, again = ours.enrol(key=key), ours.enrol(key=key)
    assert (again.credential, again.device, again.is_repeated) == (
        first.credential,
        first.device,
        True,
    )
    with tenant_scope([ours.tenant.id]):
        assert (EnrolmentPin.objects.get().uses, Agent.objects.count()) == (1, 1)


def test_repeated_after_a_new_secret_key_it_has_a_credential_that_works(
    ours: Site, settings: Settings
) -> None:
    key = new_key()
    first = ours.enrol(key=key)
    settings.SECRET_KEY = "another one of this installation"
    again = ours.enrol(key=key)
    assert (again.is_repeated, again.device) == (True, first.device)
    assert again.credential != first.credential
    found = find_agent(again.credential)
    assert found is not None
    assert found.device == first.device
    assert find_agent(first.credential) is None


def test_the_same_key_with_another_machine_is_refused(ours: Site) -> None:
    key = new_key()
    ours.enrol(key=key)
    with pytest.raises(KeyReused):
        ours.enrol(another("7YH2QL3"), key=key)
    assert len(ours.devices()) == 1


def test_enrolled_anew_the_machine_has_another_credential(ours: Site) -> None:
    first, second = ours.enrol(), ours.enrol()
    assert find_agent(first.credential) is None
    assert find_agent(second.credential) is not None
    assert len(ours.devices()) == 1


def test_a_pin_enrols_as_many_machines_as_it_may(cast: Cast) -> None:
    few, key = site(cast.acme, PinTerms(most_uses=1)), new_key()
    first = few.enrol(key=key)
    with pytest.raises(EnrolmentRefused):
        few.enrol(another("7YH2QL3"))
    # Whoever lost the answer is not another machine.
    assert few.enrol(key=key).credential == first.credential


def test_e7_uses_of_a_pin_are_told(cast: Cast, ours: Site) -> None:
    ours.enrol()
    (use,) = list_uses(actor=actor_of(cast.admin), tenant=cast.acme.id)
    assert (use.device, use.name, use.serial) == (ours.device().uid, "PC-1", "5XK2QL3")


def dead_pins(cast: Cast) -> dict[str, str]:
    """PINs that enrol nothing, by why."""
    actor, tenant = system_actor("Tests", cast.acme.id), cast.acme.id
    made = {}
    for why in ("old", "revoked"):
        made[why] = make_pin(actor=actor, tenant=tenant, now=NOW).pin
    revoke_pin(actor=actor, tenant=tenant, now=NOW)
    ages_ago = NOW - timedelta(days=9)
    made["expired"] = make_pin(actor=actor, tenant=tenant, terms=PinTerms(days=7), now=ages_ago).pin
    return made | {"unknown": "7KQ2-M9XV-4TB6", "no PIN": "hello", "empty": ""}


def test_e7_all_refusals_are_alike(cast: Cast, ours: Site) -> None:
    told = set()
    for why, pin in dead_pins(cast).items():
        with pytest.raises(EnrolmentRefused) as refused:
            ours.enrol(pin=pin or " ", machine=another("0"))
        told.add((str(refused.value), refused.value.fix, why and refused.value.code))
    assert len(told) == 1
    assert ours.devices() == []


def test_t11_a_machine_that_another_customer_holds_waits(ours: Site, theirs: Site) -> None:
    theirs.enrol()
    made = ours.enrol()
    assert (made.state, made.device, ours.devices()) == (EnrolmentState.HELD, None, [])
    assert theirs.device().has_custody
    with tenant_scope([ours.tenant.id]):
        assert Pending.objects.get().serial == "5XK2QL3"
        assert Entry.objects.filter(verb="enrolment.held").count() == 1
        told = [*Entry.objects.values_list("details", flat=True), *Notification.objects.values()]
    assert "Globex" not in str(told)
    assert str(theirs.tenant.customer_id) not in str(told)


def test_t11_it_is_enrolled_once_it_is_released(ours: Site, theirs: Site) -> None:
    theirs.enrol()
    made = ours.enrol()
    assert tenants_that_wait() == [ours.tenant.id]
    assert release_waiting(tenant=ours.tenant.id, now=NOW) == 0
    delete(theirs)
    assert release_waiting(tenant=ours.tenant.id, now=NOW) == 1
    found = find_agent(made.credential)
    assert found is not None
    assert (found.state, found.device) == (EnrolmentState.ENROLLED, ours.device().uid)
    assert (tenants_that_wait(), release_waiting(tenant=ours.tenant.id, now=NOW)) == ([], 0)


def test_t11_what_can_be_no_device_any_more_stops_no_other(
    ours: Site, theirs: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = another("7YH2QL3")
    for machine in (LATITUDE, kept):
        theirs.enrol(machine)
    gone, made = ours.enrol(), ours.enrol(kept)
    delete(theirs)
    with tenant_scope([ours.tenant.id]):
        Pending.objects.filter(serial="5XK2QL3").update(serial="0")
    with monkeypatch.context() as patch:
        patch.setattr(waiting, "claim_device", Mock(side_effect=DevicesOvertaken))
        assert release_waiting(tenant=ours.tenant.id, now=NOW) == 0
        assert find_agent(gone.credential) is not None
    assert release_waiting(tenant=ours.tenant.id, now=NOW) == 1
    assert find_agent(gone.credential) is None
    found = find_agent(made.credential)
    assert found is not None
    assert found.state is EnrolmentState.ENROLLED
    with tenant_scope([ours.tenant.id]):
        entry = Entry.objects.get(verb="enrolment.pending_removed")
        assert (entry.details, Pending.objects.exists()) == ({"devices": 1, "serial": "0"}, False)


def test_l3_t11_nothing_is_released_into_a_suspended_tenant(ours: Site, theirs: Site) -> None:
    theirs.enrol()
    ours.enrol()
    delete(theirs)
    for until, released in ((NOW - timedelta(days=1), 0), (None, 1)):
        Tenant.objects.filter(id=ours.tenant.id).update(licensed_until=until)
        assert release_waiting(tenant=ours.tenant.id, now=NOW) == released
        assert len(ours.devices()) == released


def test_t11_asking_again_waits_once(ours: Site, theirs: Site) -> None:
    theirs.enrol()
    first, second = ours.enrol(), ours.enrol()
    assert find_agent(first.credential) is None
    found = find_agent(second.credential)
    assert found is not None
    assert found.state is EnrolmentState.HELD
    with tenant_scope([ours.tenant.id]):
        assert Pending.objects.count() == 1
        assert Entry.objects.filter(verb="enrolment.held").count() == 1


def test_t10_what_others_list_holds_nobody_up(ours: Site, theirs: Site) -> None:
    listed(theirs)
    assert ours.enrol().state is EnrolmentState.ENROLLED
    assert theirs.device().has_custody is False


def test_e10_a_deleted_device_has_no_credential(ours: Site) -> None:
    made = ours.enrol()
    delete(ours)
    assert find_agent(made.credential) is None
    assert (ours.device().is_active, ours.device().has_custody) == (False, False)


def test_w17_another_machine_has_no_credential(cast: Cast, ours: Site) -> None:
    made = ours.enrol()
    uid, actor = ours.device().uid, actor_of(cast.admin)
    asked = {"actor": actor, "tenant": cast.acme.id, "uid": uid, "now": NOW}
    change_device(**asked, changes={"name": "PC-2"})  # type: ignore[arg-type]
    assert find_agent(made.credential) is not None
    change_device(**asked, changes={"serial": "7YH2QL3"})  # type: ignore[arg-type]
    assert find_agent(made.credential) is None


def test_hp_and_hpe_name_one_machine(ours: Site) -> None:
    ours.enrol(Machine("HP", "CZC1234XYZ"))
    ours.enrol(Machine("HPE", "CZC1234XYZ"))
    assert len(ours.devices()) == 1
