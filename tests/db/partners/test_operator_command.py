"""`fleetward operator add`: the tenant of the operator is made once, and operators are let in."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from fleetward.cli.operator import operator
from fleetward.identity.models import User
from fleetward.tenancy.contracts import Role, TenantKind
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import find_vendor
from tests.cast import PASSWORD, actor_of, make_user

pytestmark = pytest.mark.django_db


def add(email: str, *more: str) -> Result:
    found = CliRunner().invoke(operator, ["add", "--email", email, *more])
    assert found.exit_code == 0, found.output
    return found


def test_the_first_operator_makes_the_tenant_and_the_second_none() -> None:
    first = add("ann@operator.example", "--password", PASSWORD, "--organisation", "Example IT")
    second = add("ben@operator.example", "--password", PASSWORD, "--organisation", "Other")
    vendor = find_vendor()
    assert vendor is not None
    assert vendor.name == "Example IT"
    assert {first.output.strip(), second.output.strip()} == {vendor.customer_id}
    assert Tenant.objects.filter(kind=TenantKind.VENDOR).count() == 1
    for email in ("ann@operator.example", "ben@operator.example"):
        actor = actor_of(User.objects.get(email=email))
        assert actor.roles == {vendor.id: Role.OPERATOR}


def test_whoever_has_an_account_decides() -> None:
    user = make_user("cay@operator.example")
    told = add(user.email).output
    assert "/invitations/" in told
    assert actor_of(user).roles == {}
