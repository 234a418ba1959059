"""Unassigned Devices as users of a partner and others find it (T5, T7, T8)."""

from __future__ import annotations

import pytest
from django.test import Client

from fleetward.identity.models import User
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.queries import find_tenants
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.db.partners.programmes import Programmes, make_programmes

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> Programmes:
    return make_programmes()


def page_of(user: User, path: str) -> tuple[int, str]:
    """Status and text of a page, where its redirects lead."""
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(user)
    answer = client.get(path, follow=True)
    return answer.status_code, answer.content.decode()


def unassigned(world: Programmes, user: User) -> tuple[int, str]:
    return page_of(user, f"/t/{world.partner.customer_id}/unassigned/")


def holding_path(world: Programmes) -> str:
    holding = world.holding
    assert isinstance(holding, TenantRow)
    return f"/t/{holding.customer_id}/devices/"


def test_t7_without_certified_user_there_is_no_link_and_the_customers_page_says_why(
    world: Programmes,
) -> None:
    status, text = page_of(world.admin, f"/t/{world.partner.customer_id}/customers/")
    assert status == 200
    assert "No user of your company is certified" in text
    assert ">Unassigned Devices<" not in text
    status, text = unassigned(world, world.specialist)
    assert status == 200
    assert "once a user of your company has completed the courses" in text


def test_t7_certified_with_nothing_fed_the_page_says_so_and_how_to_ask(world: Programmes) -> None:
    world.certify(world.admin)
    for user in (world.admin, world.specialist):
        status, text = unassigned(world, user)
        assert status == 200
        assert "<h1>Unassigned Devices</h1>" in text
        assert "Nothing has been reported yet" in text
        assert "send the operator" in text
        assert "Import devices" not in text
    _, text = page_of(world.admin, f"/t/{world.partner.customer_id}/customers/")
    assert f"/t/{world.partner.customer_id}/unassigned/" in text
    assert "No user of your company is certified" not in text


def test_t8_what_is_there_shows_in_the_ordinary_list(world: Programmes) -> None:
    world.certify(world.admin)
    assert world.holding is not None
    add_devices(world.holding.id, 3)
    status, text = unassigned(world, world.specialist)
    assert status == 200
    assert "3 devices" in text
    assert "Add device" not in text


def test_t8_nobody_else_finds_it(world: Programmes) -> None:
    world.certify(world.admin)
    other = make_tenant("Globex", kind="PARTNER")
    outsider = make_user(roles={other.id: Role.PARTNER_ADMIN})
    customer = make_tenant("Initech")
    guest = make_user(roles={customer.id: Role.IT_ADMIN})
    for user in (outsider, guest, world.operator):
        assert page_of(user, holding_path(world))[0] == 404


def test_t5_it_is_no_tenant_of_the_selector(world: Programmes) -> None:
    world.certify(world.admin)
    assert world.holding is not None
    actor = actor_of(world.admin)
    found = find_tenants(actor=actor, words=world.partner.name, most=10)
    assert [row.id for row in found] == [world.partner.id]
    _, text = page_of(world.admin, f"/t/{world.partner.customer_id}/customers/")
    assert f"/t/{world.holding.customer_id}/" not in text


def test_t7_after_the_last_certification_it_is_gone_with_the_next_request(
    world: Programmes,
) -> None:
    world.certify(world.admin)
    assert page_of(world.specialist, holding_path(world))[0] == 200
    world.withdraw(world.admin)
    assert page_of(world.specialist, holding_path(world))[0] == 404
    status, text = unassigned(world, world.specialist)
    assert status == 200
    assert "wait here until a user of your company is certified again" in text
