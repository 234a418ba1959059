"""Lists under All Customers are those of each customer together, and of nobody else (T5)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.tenancy.contracts import TenantKind
from fleetward.warranty.contracts import Status
from fleetward.warranty.queries import grid_plan
from fleetward.warranty.queries.dashboard import dashboard
from fleetward.warranty.queries.grid import (
    count_devices,
    list_devices,
    list_manufacturers,
    list_models,
)
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow, Order, Sort
from tests.cast import TODAY, make_tenant
from tests.db.devices.fleet import MAKERS, MODELS, make_fleet

pytestmark = pytest.mark.django_db
DAYS = 180
FILTERS = st.builds(
    DeviceFilter,
    statuses=st.lists(st.sampled_from(list(Status)), max_size=2, unique=True).map(tuple),
    manufacturers=st.lists(st.sampled_from(MAKERS), max_size=2, unique=True).map(tuple),
    models=st.lists(st.sampled_from(MODELS), max_size=1).map(tuple),
    text=st.sampled_from(["", "", "t0", "itud", "nb_", "zoé", "nowhere"]),
    is_active=st.sampled_from([True, True, True, False]),
)
ORDERS = st.builds(Order, st.sampled_from(list(Sort)), st.booleans())


@dataclass
class Partner:
    """A partner over five customers, one without devices, and a stranger with many."""

    actor: Actor
    id: int
    customers: list[int]

    def rows(self, tenant: int, only: DeviceFilter, order: Order, limit: int) -> list[DeviceRow]:
        """All pages forwards, checked against the way back."""
        pages, cursor = [], None
        while True:
            page = self._page(tenant, only, order, cursor, limit)
            pages.append(list(page.rows))
            if page.after is None:
                break
            cursor = page.after
        back = [pages[-1]]
        while page.before is not None:
            page = self._page(tenant, only, order, page.before, limit)
            back.insert(0, list(page.rows))
        found = [row for one in pages for row in one]
        assert [row for one in back for row in one] == found
        assert all(len(one) == limit for one in pages[:-1])
        return found

    def _page(self, tenant, only, order, cursor, limit):  # type: ignore[no-untyped-def]
        return list_devices(
            actor=self.actor,
            tenant=tenant,
            only=only,
            today=TODAY,
            expiring_days=DAYS,
            order=order,
            cursor=cursor,
            limit=limit,
        )

    def ask(self, tenant: int) -> dict[str, object]:
        return {"actor": self.actor, "tenant": tenant, "today": TODAY, "expiring_days": DAYS}


@pytest.fixture(params=[0, 10_000], ids=["along an index", "sorted"])
def partner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Partner:
    for limit in ("FEW", "FEWER"):
        monkeypatch.setattr(grid_plan, limit, request.param)
    partner = make_tenant("Partner", kind=TenantKind.PARTNER).id
    customers = [make_tenant(f"C{n}").id for n in range(5)]
    for number, customer in enumerate(customers[:4]):
        make_fleet(customer, 8 + number, seed=number, inactive=3)
    stranger = make_tenant("Stranger").id
    make_fleet(stranger, 20, seed=9)
    with tenant_scope([*customers, stranger]):
        # One machine that two customers and the stranger list.
        for tenant in (*customers[:2], stranger):
            one = Device.objects.filter(tenant_id=tenant, is_active=True).order_by("id")[0]
            sql.fetch_text(
                "UPDATE devices_device SET serial = 'SAME', manufacturer = 'Dell' WHERE id = %s"
                " RETURNING 1",
                [one.id],
            )
            sql.fetch_text(
                "UPDATE warranty_coverage SET manufacturer = 'Dell' WHERE device_id = %s"
                " RETURNING 1",
                [one.id],
            )
    roles = dict.fromkeys(customers, "MANAGING_ADMIN") | {partner: "PARTNER_ADMIN"}
    actor = Actor(ActorKind.USER, "p", roles=roles, spans={partner: tuple(customers)}, user_id=1)
    return Partner(actor, partner, customers)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(only=FILTERS, order=ORDERS, limit=st.sampled_from([1, 2, 3, 7, 100]))
def test_t5_a_list_of_all_customers_is_their_lists_together(
    partner: Partner, only: DeviceFilter, order: Order, limit: int
) -> None:
    found = partner.rows(partner.id, only, order, limit)
    each = [partner.rows(customer, only, order, 100) for customer in partner.customers]
    assert sorted(row.uid for row in found) == sorted(row.uid for rows in each for row in rows)
    for customer, rows in zip(partner.customers, each, strict=True):
        assert [row.uid for row in found if row.tenant == customer] == [row.uid for row in rows]
    number = count_devices(**partner.ask(partner.id), only=only).number  # type: ignore[arg-type]
    assert number == len(found)


@pytest.mark.parametrize(("sort", "is_descending"), list(product(Sort, (False, True))))
def test_t5_a_list_of_all_customers_is_in_order(
    partner: Partner, sort: Sort, is_descending: bool
) -> None:
    found = partner.rows(partner.id, DeviceFilter(), Order(sort, is_descending), 4)
    ends = [row for row in found if row.ends_on or row.is_rolling or sort is not Sort.END]
    keys = {
        Sort.END: lambda row: (row.is_rolling, row.ends_on or TODAY),
        Sort.NAME: lambda row: row.name.lower().encode(),
        Sort.SERIAL: lambda row: (row.serial, row.manufacturer, row.product_number),
        Sort.MODEL: lambda row: row.model,
    }
    told = [keys[sort](row) for row in ends]  # type: ignore[no-untyped-call]
    assert told == sorted(told, reverse=is_descending)
    # What has no day comes last.
    assert found[: len(ends)] == ends


def test_t5_numbers_of_all_customers_are_their_sums(partner: Partner) -> None:
    whole = dashboard(**partner.ask(partner.id))  # type: ignore[arg-type]
    each = [dashboard(**partner.ask(one)) for one in partner.customers]  # type: ignore[arg-type]
    assert whole.devices == sum(one.devices for one in each) == 8 + 9 + 10 + 11
    for status in Status:
        assert whole.by_status[status] == sum(one.by_status[status] for one in each)
    makers = list_manufacturers(actor=partner.actor, tenant=partner.id)
    assert sum(number for _, number in makers) == whole.devices
    models = {
        model for one in partner.customers for model in list_models(actor=partner.actor, tenant=one)
    }
    assert list_models(actor=partner.actor, tenant=partner.id) == sorted(models)


def test_t3_a_customer_that_has_ended_the_relation_is_gone_with_the_next_request(
    partner: Partner,
) -> None:
    *others, last = partner.customers[:4]
    before = partner.rows(partner.id, DeviceFilter(), Order(), 100)
    roles = {one: role for one, role in partner.actor.roles.items() if one != last}
    partner.actor = Actor(
        ActorKind.USER, "p", roles=roles, spans={partner.id: tuple(others)}, user_id=1
    )
    after = partner.rows(partner.id, DeviceFilter(), Order(), 100)
    assert {row.uid for row in before} - {row.uid for row in after} == {
        row.uid for row in before if row.tenant == last
    }


def test_a_span_does_not_exceed_the_roles(partner: Partner) -> None:
    """The control: what a relation names without a role is not shown."""
    roles = {partner.id: "PARTNER_ADMIN", partner.customers[0]: "MANAGING_ADMIN"}
    partner.actor = Actor(
        ActorKind.USER, "p", roles=roles, spans={partner.id: tuple(partner.customers)}, user_id=1
    )
    found = partner.rows(partner.id, DeviceFilter(), Order(), 100)
    assert {row.tenant for row in found} == {partner.customers[0]}
