"""The replacement budget from what is stored, and the costs that a tenant keeps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.db.transaction import on_commit

from fleetward.audit.models import Entry
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.warranty.actions import budgeting
from fleetward.warranty.actions.budgeting import set_costs
from fleetward.warranty.contracts import (
    MOST_COST,
    MOST_COSTS,
    BadCost,
    Budget,
    CostTwice,
    ModelCost,
    TooManyCosts,
)
from fleetward.warranty.models import Coverage, ReplacementCost
from fleetward.warranty.queries.budget import get_budget
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices, make_cast
from tests.plugins.database import FreshDatabase
from tests.races import at_once

DAY = timedelta(days=1)
OLD = date(2021, 11, 22)


def budget(cast: Cast, years: int = 5) -> Budget:
    return get_budget(actor=actor_of(cast.reader), tenant=cast.acme.id, today=TODAY, years=years)


def put(cast: Cast, *costs: ModelCost, state: str | None = None) -> int:
    actor = actor_of(cast.admin)
    return set_costs(actor=actor, tenant=cast.acme.id, costs=costs, state=state, now=NOW)


def told(tenant: int, devices: list[int], **known: object) -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(**known)


@pytest.mark.django_db
def test_the_day_of_purchase_counts_then_shipping_then_coverage(cast: Cast) -> None:
    tenant = cast.acme.id
    add_devices(tenant, 1, purchased_on=OLD, model="A")
    shipped, covered, newer = (add_devices(tenant, 1, model="A") for _ in range(3))
    told(tenant, shipped, ships_on=OLD, starts_on=TODAY)
    told(tenant, covered, starts_on=OLD)
    told(tenant, newer, ships_on=OLD + DAY)
    bought_later = add_devices(tenant, 1, model="A", purchased_on=TODAY)
    told(tenant, bought_later, ships_on=OLD, starts_on=OLD)
    add_devices(tenant, 1, model="A")
    (line,) = budget(cast).lines
    assert (line.manufacturer, line.model) == ("Dell", "A")
    assert line.devices == (3, 1, *[0] * 11, 1, 1)


@pytest.mark.django_db
def test_deleted_devices_virtual_machines_and_those_of_others_are_not_due(cast: Cast) -> None:
    gone = add_devices(cast.acme.id, 1, purchased_on=OLD)
    add_devices(cast.other.id, 1, purchased_on=OLD)
    add_devices(cast.acme.id, 1, purchased_on=OLD, is_virtual=True)
    with tenant_scope([cast.acme.id]):
        Device.objects.filter(id__in=gone).update(is_active=False)
    assert budget(cast).lines == []


@pytest.mark.django_db
def test_a_cost_of_its_own_comes_before_that_of_all_others(cast: Cast) -> None:
    tenant = cast.acme.id
    add_devices(tenant, 2, purchased_on=OLD, model="A")
    add_devices(tenant, 3, purchased_on=OLD, model="B")
    add_devices(tenant, 1, "HP", purchased_on=OLD, model="A")
    assert budget(cast).without_cost == 6
    assert put(cast, ModelCost("Dell", "A", 1_000), ModelCost("", "", 100)) == 2
    found = budget(cast)
    assert [(line.manufacturer, line.model, line.cost) for line in found.lines] == [
        ("Dell", "A", 1_000),
        ("Dell", "B", 100),
        ("HP", "A", 100),
    ]
    assert (found.amounts[0], found.without_cost, found.default_cost) == (2_400, 0, 100)
    assert [line.own_cost for line in found.lines] == [1_000, None, None]


@pytest.mark.django_db
def test_models_that_cost_as_much_stand_in_the_order_of_their_names(cast: Cast) -> None:
    for maker, model in (("HP", "A"), ("Dell", "B"), ("Dell", "A")):
        add_devices(cast.acme.id, 1, maker, purchased_on=OLD, model=model)
    add_devices(cast.acme.id, 2, purchased_on=OLD, model="Z")
    found = [(line.manufacturer, line.model) for line in budget(cast).lines]
    assert found == [("Dell", "Z"), ("Dell", "A"), ("Dell", "B"), ("HP", "A")]


@pytest.mark.django_db
def test_the_trace_tells_models_of_like_names_apart(cast: Cast) -> None:
    put(cast, ModelCost("Dell", "Latitude X", 1), ModelCost("Dell Latitude", "X", 2))
    with tenant_scope([cast.acme.id]):
        entry = Entry.objects.get(verb="budget.costs_changed")
    assert entry.details == {
        "Dell / Latitude X": {"before": None, "after": 1},
        "Dell Latitude / X": {"before": None, "after": 2},
    }


@pytest.mark.django_db
def test_two_costs_of_one_model_are_refused(cast: Cast) -> None:
    with pytest.raises(CostTwice, match="for one model: Dell / A"):
        put(cast, ModelCost("Dell", "A", 5), ModelCost("Dell", "A", None))
    assert put(cast, ModelCost("Dell", "A", 5)) == 1


@pytest.mark.django_db
def test_a_tenant_has_so_many_costs_and_no_more(cast: Cast) -> None:
    every = [ModelCost("Dell", f"M{number}", 1) for number in range(MOST_COSTS)]
    assert put(cast, *every) == MOST_COSTS
    with pytest.raises(TooManyCosts):
        put(cast, ModelCost("HP", "A", 1))
    assert put(cast, ModelCost("HP", "A", 1), ModelCost("Dell", "M0", None)) == 2


@pytest.mark.django_db
def test_of_too_many_costs_some_can_be_taken_away_or_changed(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        ReplacementCost.objects.bulk_create(
            ReplacementCost(tenant_id=cast.acme.id, manufacturer="Dell", model=f"M{n}", cost=1)
            for n in range(MOST_COSTS + 3)
        )
    assert put(cast, ModelCost("Dell", "M0", None), ModelCost("Dell", "M1", 2)) == 2
    with pytest.raises(TooManyCosts):
        put(cast, ModelCost("HP", "A", 1), ModelCost("Dell", "M2", None))


@pytest.mark.django_db
def test_w16_a_cost_finds_its_devices_however_the_names_are_written(cast: Cast) -> None:
    add_devices(cast.acme.id, 2, purchased_on=OLD, model="Latitude 5450")
    add_devices(cast.acme.id, 1, "HPE", purchased_on=OLD, model="ProLiant DL380")
    written = ModelCost("dell inc.", " Latitude  5450 ", 900), ModelCost("HP", "ProLiant DL380", 7)
    assert put(cast, *written) == 2
    assert [(line.model, line.own_cost, line.devices[0]) for line in budget(cast).lines] == [
        ("Latitude 5450", 900, 2),
        ("ProLiant DL380", 7, 1),
    ]
    with pytest.raises(CostTwice):
        put(cast, ModelCost("Dell", "Latitude 5450", 5), written[0])


@pytest.mark.django_db
def test_names_that_the_budget_shows_are_meant_as_they_stand(cast: Cast) -> None:
    """Those of devices of before our names, and those under which a cost was kept before."""
    tenant = cast.acme.id
    add_devices(tenant, 1, "dell inc.", purchased_on=OLD, model="A")
    with tenant_scope([tenant]):
        ReplacementCost.objects.create(tenant_id=tenant, manufacturer="Dell", model="B ", cost=5)
    assert put(cast, ModelCost("dell inc.", "A", 700), ModelCost("Dell", "B ", None)) == 2
    (line,) = budget(cast).lines
    assert (line.manufacturer, line.own_cost, line.devices[0]) == ("dell inc.", 700, 1)


@pytest.mark.django_db
def test_costs_of_models_without_devices_are_shown_last(cast: Cast) -> None:
    add_devices(cast.acme.id, 1, model="Z")
    put(cast, ModelCost("Dell", "A", 1_000), ModelCost("", "", 100))
    used, unused = budget(cast).lines
    assert (used.model, used.is_unused, used.own_cost) == ("Z", False, None)
    assert (unused.model, unused.is_unused, unused.own_cost) == ("A", True, 1_000)
    assert set(unused.devices) == {0}


@pytest.mark.django_db
def test_costs_are_changed_and_taken_away_with_a_trace(cast: Cast) -> None:
    put(cast, ModelCost("Dell", "A", 1_000), ModelCost("Dell", "B", 500))
    again = [ModelCost("Dell", "A", 1_000), ModelCost("Dell", "B", None), ModelCost("", "", 70)]
    assert [put(cast, *again), put(cast, *again)] == [2, 0]
    with tenant_scope([cast.acme.id]):
        kept = ReplacementCost.objects.order_by("cost").values_list("manufacturer", "model", "cost")
        assert list(kept) == [("", "", 70), ("Dell", "A", 1_000)]
        entries = Entry.objects.filter(verb="budget.costs_changed").order_by("id")
        assert [entry.details for entry in entries][1:] == [
            {
                "Dell / B": {"before": 500, "after": None},
                "other_models": {"before": None, "after": 70},
            }
        ]


@pytest.mark.django_db
def test_costs_that_somebody_else_changed_are_not_overwritten(cast: Cast) -> None:
    seen = budget(cast).costs_state
    assert put(cast, ModelCost("Dell", "A", 1_000), state=seen) == 1
    with pytest.raises(ChangedMeanwhile):
        put(cast, ModelCost("Dell", "A", 5), state=seen)
    assert put(cast, ModelCost("Dell", "A", 5), state=budget(cast).costs_state) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("cost", [-1, MOST_COST + 1])
def test_a_cost_that_nobody_pays_is_refused_with_all_others(cast: Cast, cost: int) -> None:
    with pytest.raises(BadCost):
        put(cast, ModelCost("Dell", "A", 5), ModelCost("Dell", "B", cost))
    with tenant_scope([cast.acme.id]):
        assert not ReplacementCost.objects.exists()


@pytest.mark.django_db
def test_only_who_manages_settings_sets_costs_and_outsiders_see_none(cast: Cast) -> None:
    cost = [ModelCost("Dell", "A", 5)]
    with pytest.raises(Forbidden):
        set_costs(actor=actor_of(cast.device_admin), tenant=cast.acme.id, costs=cost, now=NOW)
    for ask in (
        lambda: set_costs(actor=actor_of(cast.outsider), tenant=cast.acme.id, costs=cost, now=NOW),
        lambda: get_budget(actor=actor_of(cast.outsider), tenant=cast.acme.id, today=TODAY),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.django_db
def test_w20_days_that_a_simulator_told_are_marked(cast: Cast) -> None:
    tenant = cast.acme.id
    for model, marks in (("A", {"is_simulated": True}), ("B", {"is_answer_simulated": True})):
        told(tenant, add_devices(tenant, 1, model=model), starts_on=OLD, **marks)
    bought = add_devices(tenant, 1, model="C", purchased_on=OLD)
    told(tenant, bought, is_simulated=True, is_answer_simulated=True)
    found = budget(cast)
    assert {line.model: line.is_simulated for line in found.lines} == {
        "A": True,
        "B": True,
        "C": False,
    }
    assert found.is_simulated


@pytest.mark.django_db
def test_w20_a_simulator_that_told_no_day_leaves_no_mark(cast: Cast) -> None:
    device = add_devices(cast.acme.id, 1, model="A")
    told(cast.acme.id, device, is_answer_simulated=True)
    (line,) = budget(cast).lines
    assert (line.devices[-1], line.is_simulated) == (1, False)


def set_by_two_at_once() -> list[int]:
    """What one model costs after two have set it at once, before and after the later change."""
    cast = make_cast()
    tenant = cast.acme.id
    at_once(
        [tenant],
        lambda: put(cast, ModelCost("Dell", "A", 100)),
        lambda: put(cast, ModelCost("Dell", "A", 200)),
    )
    with tenant_scope([tenant]):
        latest = Entry.objects.filter(verb="budget.costs_changed").order_by("id").last()
        assert latest is not None
        change = latest.details["Dell / A"]
        (kept,) = ReplacementCost.objects.values_list("cost", flat=True)
    return [kept, change["before"], change["after"]]


def test_who_sets_costs_at_once_waits_for_the_other(fresh_database: FreshDatabase) -> None:
    assert set_by_two_at_once() == [200, 100, 200]


def test_control_without_turns_the_second_is_refused(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgeting, "wait_turn", lambda lock, owner: None)
    with pytest.raises(IntegrityError):
        set_by_two_at_once()


def test_another_tenant_waits_for_nobody(fresh_database: FreshDatabase) -> None:
    cast = make_cast()
    done: list[str] = []

    def acme() -> None:
        put(cast, ModelCost("Dell", "A", 100))
        on_commit(lambda: done.append("acme"))

    def other() -> None:
        set_costs(
            actor=actor_of(cast.outsider),
            tenant=cast.other.id,
            costs=[ModelCost("Dell", "A", 200)],
            now=NOW,
        )
        done.append("other")

    at_once([cast.acme.id], acme, other)
    assert done == ["other", "acme"]
