"""The matrix of roles (L1, W7), row for row as documented."""

from __future__ import annotations

import pytest

from fleetward.access import rules
from fleetward.access.contracts import Capability
from fleetward.access.queries import capabilities, is_allowed, require, scope
from fleetward.access.rules import CAPABILITIES, may, on_offer, reach_of, rights_of
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.errors import Forbidden, NotFound

WHO = {
    "R": "REPORT_ADMIN",
    "D": "DEVICE_ADMIN",
    "C": "CONNECTOR_ADMIN",
    "V": "DEVELOPER",
    "I": "IT_ADMIN",
    # Of a partner, in its own tenant.
    "S": "PARTNER_SERVICE",
    "P": "PARTNER_ADMIN",
    # The same people in the tenants of its customers (T3).
    "s": "MANAGING_SPECIALIST",
    "p": "MANAGING_ADMIN",
    # And in the holding tenant of their company (T8).
    "h": "HOLDING_SPECIALIST",
    "H": "HOLDING_ADMIN",
    "O": "OPERATOR",
}
MATRIX = {
    Capability.SEE_DEVICES: "RDISPspOCVhH",
    Capability.EDIT_DEVICES: "DIp",
    Capability.DELETE_DEVICES: "DIp",
    Capability.IMPORT_DEVICES: "DIp",
    Capability.EXPORT_DEVICES: "RDISPspOCVhH",
    Capability.MANAGE_GROUPS: "DIphH",
    Capability.SEE_WARRANTY: "RDISPspOCVhH",
    Capability.REFRESH_WARRANTY: "DIspC",
    Capability.ENTER_WARRANTY: "DIp",
    Capability.SEE_CONNECTIONS: "IpC",
    Capability.MANAGE_CONNECTIONS: "IC",
    Capability.SEE_USERS: "IPO",
    Capability.MANAGE_USERS: "IPO",
    Capability.MANAGE_SETTINGS: "IPO",
    Capability.SEE_AUDIT: "RIPO",
    Capability.ISSUE_TOKENS: "RDISPOCV",
    Capability.SEE_NOTIFICATIONS: "RDISPspOCVhH",
    Capability.SEE_CUSTOMERS: "SP",
    Capability.MANAGE_CUSTOMERS: "P",
    Capability.SEE_TRANSFERS: "DIPpH",
    Capability.TRANSFER_DEVICES: "pH",
    Capability.ASK_SUPPORT: "RDCVISP",
    Capability.OPERATE: "O",
    Capability.ENROL_DEVICES: "DIp",
    Capability.MANAGE_ENROLMENT: "Ip",
    Capability.MANAGE_LICENCES: "Ip",
}


def actor(**roles: str) -> Actor:
    return Actor(ActorKind.USER, "u", roles={int(t[1:]): role for t, role in roles.items()})


def test_matrix_is_complete() -> None:
    assert set(MATRIX) == set(Capability)


@pytest.mark.parametrize("capability", list(Capability))
def test_l1_roles_may_what_the_matrix_says(capability: Capability) -> None:
    assert {letter for letter, role in WHO.items() if may(role, capability)} == set(
        MATRIX[capability]
    )


def test_outside_is_not_found_and_without_right_is_forbidden() -> None:
    reader = actor(t1="REPORT_ADMIN")
    require(reader, Capability.SEE_DEVICES, tenant=1)
    with pytest.raises(Forbidden):
        require(reader, Capability.EDIT_DEVICES, tenant=1)
    with pytest.raises(NotFound):
        require(reader, Capability.SEE_DEVICES, tenant=2)


def test_unknown_role_may_nothing() -> None:
    assert capabilities(actor(t1="GARDENER"), tenant=1) == frozenset()
    assert not is_allowed(actor(t1="GARDENER"), Capability.SEE_DEVICES, tenant=1)


def test_scope_holds_the_tenants_with_the_capability() -> None:
    both = actor(t2="REPORT_ADMIN", t1="IT_ADMIN")
    assert scope(both, Capability.SEE_DEVICES).tenants == (1, 2)
    assert scope(both, Capability.EDIT_DEVICES).tenants == (1,)


def test_a_custom_role_may_what_it_lists_and_its_kind_of_tenant_has() -> None:
    given = rights_of("CUSTOM SEE_DEVICES EXPORT_DEVICES SEE_CUSTOMERS NO_SUCH")
    assert given == {Capability.SEE_DEVICES, Capability.EXPORT_DEVICES}
    assert all(isinstance(right, Capability) for right in given)
    assert rights_of("CUSTOM") == rights_of("") == frozenset()


@pytest.mark.parametrize("kind", ["CUSTOMER", "PARTNER"])
def test_x1_no_custom_role_transfers(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_FIXED_ROLES_ONLY", frozenset({"EXPORT_DEVICES"}))
    assert Capability.EXPORT_DEVICES not in on_offer(kind)
    everything = " ".join(Capability)
    for word in ("CUSTOM", "PARTNER_CUSTOM", "MANAGING_CUSTOM"):
        assert Capability.EXPORT_DEVICES not in rights_of(f"{word} {everything}")


def test_a_custom_role_reaches_no_further_than_the_admin_of_its_kind() -> None:
    everything = " ".join(Capability)
    assert rights_of(f"CUSTOM {everything}") == on_offer("CUSTOMER") <= CAPABILITIES["IT_ADMIN"]
    own = rights_of(f"PARTNER_CUSTOM {everything}")
    managed = rights_of(f"MANAGING_CUSTOM {everything}")
    assert own <= CAPABILITIES["PARTNER_ADMIN"]
    assert managed <= CAPABILITIES["MANAGING_ADMIN"]
    assert reach_of(f"PARTNER_CUSTOM {everything}") == own | managed == on_offer("PARTNER")
    held = rights_of(f"HOLDING_CUSTOM {everything}")
    assert held == CAPABILITIES["HOLDING_SPECIALIST"] <= own | managed
    assert rights_of("HOLDING_CUSTOM SEE_DEVICES EDIT_DEVICES") == {Capability.SEE_DEVICES}


def test_kinds_of_tenants_offer_their_own_permissions() -> None:
    assert Capability.SEE_CUSTOMERS in on_offer("PARTNER") - on_offer("CUSTOMER")
    assert on_offer("HOLDING") == on_offer("VENDOR") == frozenset()
