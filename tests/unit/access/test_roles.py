"""The matrix of roles (L1, W7), row for row as documented."""

from __future__ import annotations

import pytest

from fleetward.access.contracts import Capability
from fleetward.access.queries import capabilities, is_allowed, require, scope
from fleetward.access.rules import may
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.errors import Forbidden, NotFound

WHO = {
    "R": "REPORT_ADMIN",
    "D": "DEVICE_ADMIN",
    "I": "IT_ADMIN",
    # Of a partner, in its own tenant.
    "S": "PARTNER_SERVICE",
    "P": "PARTNER_ADMIN",
    # The same people in the tenants of its customers (T3).
    "s": "MANAGING_SPECIALIST",
    "p": "MANAGING_ADMIN",
    "O": "OPERATOR",
}
MATRIX = {
    Capability.SEE_DEVICES: "RDISPspO",
    Capability.EDIT_DEVICES: "DIp",
    Capability.DELETE_DEVICES: "DIp",
    Capability.IMPORT_DEVICES: "DIp",
    Capability.EXPORT_DEVICES: "RDISPspO",
    Capability.MANAGE_GROUPS: "DIp",
    Capability.SEE_WARRANTY: "RDISPspO",
    Capability.REFRESH_WARRANTY: "DIsp",
    Capability.ENTER_WARRANTY: "DIp",
    Capability.SEE_CONNECTIONS: "Ip",
    Capability.MANAGE_CONNECTIONS: "I",
    Capability.SEE_USERS: "IPO",
    Capability.MANAGE_USERS: "IPO",
    Capability.MANAGE_SETTINGS: "IPO",
    Capability.SEE_AUDIT: "RIPO",
    Capability.ISSUE_TOKENS: "RDISPO",
    Capability.SEE_NOTIFICATIONS: "RDISPspO",
    Capability.SEE_CUSTOMERS: "SP",
    Capability.MANAGE_CUSTOMERS: "P",
    Capability.TRANSFER_DEVICES: "p",
    Capability.ASK_SUPPORT: "RDISP",
    Capability.OPERATE: "O",
    Capability.ENROL_DEVICES: "DIp",
    Capability.MANAGE_ENROLMENT: "Ip",
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
