"""E13: a filter of which a group is lost leaves nothing, whether devices are to be in it or not."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from fleetward.devices.actions import delete_group
from fleetward.devices.bulk.contracts import Found, NothingSelected
from fleetward.devices.models import Group
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.warranty.actions.selecting import select_matching
from fleetward.warranty.queries import grid_plan
from fleetward.warranty.queries.found import found_devices
from fleetward.warranty.queries.grid import count_devices, list_devices, question_of
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.grid_groups import is_lost
from fleetward.warranty.queries.grid_words import read_filter, words_in
from fleetward.warranty.queries.group_counts import count_groups, list_groups_with
from tests.cast import NOW, TODAY, Cast, actor_of
from tests.db.devices.fleet import dynamic_group_of, group_of, make_fleet

pytestmark = pytest.mark.django_db
DAYS = 180


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.device_admin)


def filter_of(query: str) -> DeviceFilter:
    return read_filter(words_in(query), today=TODAY, zone="UTC")


def listed(cast: Cast, actor: Actor, query: str) -> list[str]:
    asked = {"actor": actor, "tenant": cast.acme.id, "only": filter_of(query)}
    asked |= {"today": TODAY, "expiring_days": DAYS}
    page = list_devices(**asked, limit=200)
    assert count_devices(**asked).number == len(page.rows)
    return [row.uid for row in page.rows]


def delete(cast: Cast, actor: Actor, group: uuid.UUID) -> None:
    delete_group(actor=actor, tenant=cast.acme.id, uid=group, now=NOW)


# What a filter asks of VIP, a static group; others are {some}, another one, and those of DYNAMIC.
FILTERS = (
    "where=group:not:{vip}",
    "where=group:not:{vip}&status=UNKNOWN",
    "where=group:not:{vip}&where=group:not:{some}",
    "group={some}&where=group:not:{vip}",
    "group={vip}",
    "group={vip}&group={some}",
    "state=inactive&where=group:not:{vip}",
    "group={inside}",
    "group={inside}&group={some}",
    "group={outside}",
    "group={outside}&group={some}",
    "where=group:not:{inside}",
    "where=group:not:{outside}",
    "group={some}&where=group:not:{inside}",
    "group={but}",
)
DYNAMIC = {
    "inside": "group={vip}",
    "outside": "where=group:not:{vip}",
    "but": "vendor=Dell&vendor=HP&vendor=Lenovo&where=group:not:{vip}",
}


def names_of(cast: Cast) -> dict[str, uuid.UUID]:
    ids = make_fleet(cast.acme.id, 20, inactive=4)
    names = {
        "vip": group_of(cast.acme.id, "VIP", [*ids[:5], *ids[-2:]]),
        "some": group_of(cast.acme.id, "Some", ids[3:12]),
    }
    return names | {
        name: dynamic_group_of(cast.acme.id, name, query.format(**names))
        for name, query in DYNAMIC.items()
    }


@pytest.mark.parametrize("query", FILTERS)
def test_e13_with_a_group_deleted_a_filter_leaves_nothing(
    cast: Cast, actor: Actor, query: str
) -> None:
    names = names_of(cast)
    query = query.format(**names)
    assert listed(cast, actor, query)
    with tenant_scope(actor.tenants):
        assert not is_lost(filter_of(query), tenant=cast.acme.id)
    delete(cast, actor, names["vip"])
    assert listed(cast, actor, query) == []
    with tenant_scope(actor.tenants):
        assert is_lost(filter_of(query), tenant=cast.acme.id)
    with pytest.raises(NothingSelected):
        select_matching(
            actor=actor,
            tenant=cast.acme.id,
            only=filter_of(query),
            query=query,
            today=TODAY,
            expiring_days=DAYS,
            now=NOW,
        )


def test_e13_a_dynamic_group_of_a_lost_one_has_no_device_wherever_it_is_counted(
    cast: Cast, actor: Actor
) -> None:
    names = names_of(cast)
    delete(cast, actor, names["vip"])
    groups = [names[name] for name in DYNAMIC]
    asked = {"actor": actor, "tenant": cast.acme.id, "today": TODAY, "expiring_days": DAYS}
    assert [one.number for one in count_groups(**asked, uids=groups).values()] == [0, 0, 0]
    for uid in listed(cast, actor, "vendor=Dell"):
        found = {group for group, _ in list_groups_with(**asked, device=uuid.UUID(uid))}
        assert not found & set(groups)


@pytest.mark.parametrize(
    "query",
    ["vendor=Dell&reason=WORD_OF_OLD", "status=OUT&where=of_old:is:x", "vendor=HP&answer=old"],
)
def test_e13_a_group_of_which_one_word_is_lost_has_no_device(
    cast: Cast, actor: Actor, query: str
) -> None:
    """Not all that the other words leave; and whoever leaves it out reaches nobody."""
    make_fleet(cast.acme.id, 20)
    group = dynamic_group_of(cast.acme.id, "Chosen", "vendor=Dell")
    with tenant_scope([cast.acme.id]):
        Group.objects.update(query=query)
    assert listed(cast, actor, f"group={group}") == []
    assert listed(cast, actor, f"where=group:not:{group}") == []


def test_e13_without_groups_nothing_is_lost(cast: Cast, actor: Actor) -> None:
    with tenant_scope(actor.tenants):
        assert not is_lost(filter_of("status=OUT"), tenant=cast.acme.id)


@pytest.mark.parametrize(
    "query",
    [
        "where=group:not:{vip}",
        "group={some}&where=group:not:{vip}",
        "state=inactive&where=group:not:{vip}",
        "where=group:not:{inside}",
        "group={outside}",
        "group={outside}&group={some}",
    ],
)
def test_e13_a_group_deleted_before_the_very_statement_leaves_nothing(
    cast: Cast, actor: Actor, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes it when the filter is read already; the control does not look again."""
    monkeypatch.setattr(grid_plan, "FEW", 0)
    names = names_of(cast)
    only = filter_of(query.format(**names))
    with tenant_scope(actor.tenants):
        question = question_of(actor, cast.acme.id, only, TODAY, DAYS)
        unguarded = replace(question, only=replace(question.only, needed=()))
        guarded, control = found_devices(question), found_devices(unguarded)
        before = rows(guarded)
        delete(cast, actor, names["vip"])
        assert rows(guarded) == rows(found_devices(question)) == 0
        assert rows(control) > before > 0


def rows(found: Found) -> int:
    return len(sql.fetch_text(found.text, found.params))
