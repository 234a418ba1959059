"""Who answers for the operator: a user of the vendor tenant."""

from __future__ import annotations

import pytest

from fleetward.access.rules import CAPABILITIES
from fleetward.identity.models import User
from fleetward.tenancy.contracts import Role, TenantRow
from tests.cast import make_tenant, make_user


def make_operator(patch: pytest.MonkeyPatch) -> tuple[TenantRow, User]:
    """The vendor tenant and an operator in it.

    Where members cannot have that role yet, another one is worth what it is.
    """
    vendor = make_tenant("Operator", kind="VENDOR")
    role = Role.__members__.get("OPERATOR")
    if role is None:
        role = Role.DEVICE_ADMIN
        patch.setitem(CAPABILITIES, str(role), CAPABILITIES["OPERATOR"])  # type: ignore[arg-type]
    return vendor, make_user("op@operator.example", {vendor.id: role})
