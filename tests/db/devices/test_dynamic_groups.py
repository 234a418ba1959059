"""Dynamic groups (E13): a stored filter, whose members are whatever it finds when it is asked."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.http import QueryDict

from fleetward.audit.models import Entry
from fleetward.devices.actions import change_group, delete_group, make_group
from fleetward.devices.bulk.actions import select_picked, start_bulk
from fleetward.devices.bulk.contracts import BulkKind, NoMembers
from fleetward.devices.contracts import BadGroup, GroupExists, GroupKind
from fleetward.devices.models import Device, Group
from fleetward.devices.queries.groups import get_group
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.warranty.actions.grouping import change_dynamic_group, make_dynamic_group
from fleetward.warranty.contracts import Status
from fleetward.warranty.queries import grid_plan
from fleetward.warranty.queries.grid import count_devices, list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter, Order, Sort
from fleetward.warranty.queries.grid_words import read_filter, words_in
from fleetward.warranty.queries.group_counts import count_groups, list_groups_with
from fleetward.web.pages.devices_filter import read_filter as read_address
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices
from tests.db.devices.fleet import cover, dynamic_group_of, group_of, make_fleet

pytestmark = pytest.mark.django_db
DAYS = 180


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.device_admin)


def make(cast: Cast, actor: Actor, query: str, name: str = "Out") -> uuid.UUID:
    return make_dynamic_group(actor=actor, tenant=cast.acme.id, name=name, query=query, now=NOW)


def listed(cast: Cast, actor: Actor, only: DeviceFilter) -> list[str]:
    asked = {"actor": actor, "tenant": cast.acme.id, "only": only, "expiring_days": DAYS}
    page = list_devices(**asked, today=TODAY, order=Order(Sort.SERIAL), limit=200)
    assert count_devices(**asked, today=TODAY).number == len(page.rows)
    return [row.uid for row in page.rows]


def members(cast: Cast, actor: Actor, *groups: uuid.UUID, **more: object) -> list[str]:
    return listed(cast, actor, replace(DeviceFilter(groups=groups), **more))


def uid_of(device: int) -> str:
    return str(Device.objects.get(id=device).uid)


def trail(cast: Cast) -> list[tuple[str, object]]:
    with tenant_scope([cast.acme.id]):
        return list(Entry.objects.order_by("id").values_list("verb", "details"))


def test_e13_its_members_are_what_the_filter_finds_now(cast: Cast, actor: Actor) -> None:
    one, two = add_devices(cast.acme.id, 2)
    cover(cast.acme.id, one, TODAY - timedelta(days=1))
    cover(cast.acme.id, two, TODAY)
    group = make(cast, actor, "status=OUT")
    with tenant_scope([cast.acme.id]):
        names = uid_of(one), uid_of(two)
    assert members(cast, actor, group) == [names[0]]
    cover(cast.acme.id, two, TODAY - timedelta(days=1))
    assert members(cast, actor, group) == list(names)
    cover(cast.acme.id, one, TODAY + timedelta(days=900))
    assert members(cast, actor, group) == [names[1]]


def test_e11_inactive_devices_are_in_no_dynamic_group(cast: Cast, actor: Actor) -> None:
    ids = make_fleet(cast.acme.id, 6, inactive=3)
    with tenant_scope([cast.acme.id]):
        Device.objects.filter(id__in=ids).update(manufacturer="Dell")
    group = make(cast, actor, "vendor=Dell")
    static = group_of(cast.acme.id, "All", ids)
    assert members(cast, actor, group, is_active=False) == []
    assert len(members(cast, actor, group, static, is_active=False)) == 3
    assert len(members(cast, actor, static, is_active=False)) == 3


def test_days_are_counted_from_the_day_it_is_asked(cast: Cast, actor: Actor) -> None:
    (device,) = add_devices(cast.acme.id, 1)
    cover(cast.acme.id, device, TODAY + timedelta(days=31))
    group = make(cast, actor, "ends=30")
    asked = {"actor": actor, "tenant": cast.acme.id, "expiring_days": DAYS}
    only = DeviceFilter(groups=(group,))
    counts = [
        count_devices(**asked, only=only, today=TODAY + timedelta(days=later)).number
        for later in (0, 1, 31, 32)
    ]
    assert counts == [0, 1, 1, 0]


QUERIES = (
    "status=OUT",
    "status=IN&status=UNKNOWN&vendor=Dell",
    "reason=NOT_CHECKED",
    "vendor_not=HP&vendor_not=Dell",
    "model=ThinkPad+T14",
    "q=itud",
    "q=T0",
    "ends=-90",
    "ends_from=2026-01-01&ends_to=2026-12-31",
    "answer=simulated&answer=checked",
    "answer=unchecked",
    "where=assigned_user%3Ahas%3Azo&where=ends_on%3Afilled",
    "where=created_at%3Apast%3A3000&where=source%3Ais%3Adell",
    "where=ends_on%3Aafter%3A2026-01-01&where=ends_on%3Aafter%3A2026-04-01",
    "where=status%3Anot%3AOUT&where=reason%3Aempty&where=purchased_on%3Anot%3A2026-01-01",
)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("few", [4_000, 3], ids=["sorted", "along the index"])
def test_e13_a_group_is_the_list_of_the_same_filter(
    cast: Cast, actor: Actor, monkeypatch: pytest.MonkeyPatch, query: str, few: int
) -> None:
    """In every order, alone, with another filter, and beside another group."""
    monkeypatch.setattr(grid_plan, "FEW", few)
    ids = make_fleet(cast.acme.id, 40, seed=few)
    some = group_of(cast.acme.id, "Some", random.Random(few).sample(ids, 10))
    group = make(cast, actor, query)
    typed = read_filter(words_in(query), today=TODAY, zone="UTC")
    found = listed(cast, actor, typed)
    assert members(cast, actor, group) == found
    narrowed = set(found) & set(listed(cast, actor, DeviceFilter(statuses=(Status.UNKNOWN,))))
    assert set(members(cast, actor, group, statuses=(Status.UNKNOWN,))) == narrowed
    both = set(found) | set(members(cast, actor, some))
    assert set(members(cast, actor, group, some)) == both


def test_e13_groups_of_a_device_are_those_whose_lists_have_it(cast: Cast, actor: Actor) -> None:
    """And each group has as many devices as its list."""
    ids = make_fleet(cast.acme.id, 15, inactive=3)
    static = group_of(cast.acme.id, "Some", ids[::2])
    groups = [make(cast, actor, query, f"G{n:02}") for n, query in enumerate(QUERIES)]
    groups += [make(cast, actor, f"group={static}&status=UNKNOWN", "Narrowed"), static]
    lists = {group: members(cast, actor, group) for group in groups}
    with tenant_scope([cast.acme.id]):
        uids = list(Device.objects.filter(tenant_id=cast.acme.id).values_list("uid", flat=True))
        inactive = {str(device.uid) for device in Device.objects.filter(is_active=False)}
    asked = {"actor": actor, "tenant": cast.acme.id, "today": TODAY, "expiring_days": DAYS}
    for uid in uids:
        found = {group for group, _ in list_groups_with(**asked, device=uid)}
        has = {group for group in groups if str(uid) in lists[group]}
        assert found - ({static} if str(uid) in inactive else set()) == has
    counts = count_groups(**asked, uids=groups)
    assert {group: count.number for group, count in counts.items()} == {
        group: len(found) for group, found in lists.items()
    }


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("status=OUT&q=itud&q=", "status=OUT"),
        ("q=+&status=OUT&q=", "status=OUT"),
        ("status=OUT&ends=30&ends=", "status=OUT"),
        ("ends=30&ends=&ends_from=2026-01-01", "ends_from=2026-01-01"),
        ("state=deleted&state=&vendor=&vendor=Dell", "vendor=Dell"),
        ("q=&q=itud", "q=itud"),
    ],
)
def test_what_is_kept_is_what_the_list_of_the_address_shows(
    cast: Cast, actor: Actor, query: str, kept: str
) -> None:
    """An address may hold a name twice; the list takes the last one, also where that is empty."""
    ids = make_fleet(cast.acme.id, 20)
    with tenant_scope([cast.acme.id]):
        Device.objects.filter(id__in=ids[::3]).update(manufacturer="Dell")
    group = make(cast, actor, query)
    with tenant_scope([cast.acme.id]):
        assert Group.objects.get(uid=group).query == kept
    shown = read_address(QueryDict(query), TODAY)
    assert members(cast, actor, group) == listed(cast, actor, shown)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "needs a filter"),
        ("q=itud&q=", "needs a filter"),
        ("q=+", "needs a filter"),
        ("state=inactive&vendor=HP", "Inactive devices"),
        ("state_of=OUT", "the device list does not know"),
        ("status=OUT&status=GONE", "the device list does not know"),
        ("where=location", "the device list does not know"),
        ("status=OUT&sort=name", "the device list does not know"),
        # Words that would be lost, and the group be another than the one asked for.
        ("where=status:is:OUT&where=status:is:out", "does not know"),
        ("answer=checked&answer=unchecked", "the device list does not know"),
        ("q=abc&q=dell", "the device list does not know"),
        ("ends=30&ends=60", "the device list does not know"),
        ("ends=31&ends_from=2026-01-01", "the device list does not know"),
        ("&".join(f"where=location:not:{n}" for n in range(60)), "more conditions, or values"),
        ("&".join(f"where=ends_on:next:{n}" for n in range(21)), "more conditions, or values"),
        ("where=location:is:" + "%C3%A9" * 1_100, "too long"),
        (f"selection={uuid.UUID(int=1)}", "for a day only"),
        (f"group={uuid.UUID(int=1)}", "not there"),
        (f"where=group:not:{uuid.UUID(int=1)}", "not there"),
        ("q=" + "x" * 6_000, "too long"),
    ],
)
def test_a_filter_that_a_group_cannot_keep(
    cast: Cast, actor: Actor, query: str, problem: str
) -> None:
    group = make(cast, actor, "status=OUT", "Kept")
    with pytest.raises(BadGroup, match=problem) as refused:
        make(cast, actor, query)
    with pytest.raises(BadGroup, match=problem):
        change(cast, actor, group, query)
    assert refused.value.field == "query"


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (("before:2020-01-01", "before:2019-01-01"), 1),
        (("after:2018-01-01", "before:2021-01-01", "after:2018-12-31"), 2),
        (("is:2018-06-01", "is:2020-06-01"), 2),
    ],
)
def test_several_conditions_on_days_of_one_column_are_kept(
    cast: Cast, actor: Actor, days: tuple[str, ...], kept: int
) -> None:
    """Ends must all hold; days themselves are alternatives, as other values are."""
    for day in ("2018-06-01", "2019-06-01", "2020-06-01"):
        add_devices(cast.acme.id, 1, purchased_on=date.fromisoformat(day))
    group = make(cast, actor, "&".join(f"where=purchased_on:{one}" for one in days))
    assert len(members(cast, actor, group)) == kept


def change(cast: Cast, actor: Actor, uid: uuid.UUID, query: str, name: str | None = None) -> bool:
    return change_dynamic_group(
        actor=actor, tenant=cast.acme.id, uid=uid, query=query, name=name, now=NOW
    )


def test_e13_a_dynamic_group_names_no_other_and_not_itself(cast: Cast, actor: Actor) -> None:
    static = group_of(cast.acme.id, "Paris", add_devices(cast.acme.id, 2))
    group = make(cast, actor, f"group={static}")
    assert len(members(cast, actor, group)) == 2
    others = (f"group={static}&group={group}", f"where=group%3Anot%3A{group}")
    for query in (f"group={group}", *others):
        with pytest.raises(BadGroup, match="another dynamic group"):
            make(cast, actor, query, "Second")
        with pytest.raises(BadGroup, match="another dynamic group"):
            change(cast, actor, group, query)


def test_a_filter_is_stored_in_one_form(cast: Cast, actor: Actor) -> None:
    group = make(cast, actor, "vendor=HP&status=OUT&q=&vendor=Dell&vendor=HP")
    row = get_group(actor=actor, tenant=cast.acme.id, uid=group)
    assert (row.kind, row.query) == (GroupKind.DYNAMIC, "status=OUT&vendor=HP&vendor=Dell")


BOTH = "status=OUT&ends=60&ends_from=2026-11-22&ends_to=2026-12-22"


def test_a_stretch_of_days_takes_the_place_of_days(cast: Cast, actor: Actor) -> None:
    """The list has fields of both in one form."""
    group = make(cast, actor, BOTH)
    assert get_group(actor=actor, tenant=cast.acme.id, uid=group).query == "status=OUT&ends=60"


def test_a_group_of_before_with_both_finds_the_same_and_can_be_saved(
    cast: Cast, actor: Actor
) -> None:
    make_fleet(cast.acme.id, 40)
    group = make(cast, actor, "ends=60&q=T0")
    found = members(cast, actor, group)
    with tenant_scope([cast.acme.id]):
        Group.objects.update(query="q=T0&ends=60&ends_from=2020-01-01")
    assert members(cast, actor, group) == found != []
    stored = get_group(actor=actor, tenant=cast.acme.id, uid=group).query
    assert change(cast, actor, group, stored) is True
    assert get_group(actor=actor, tenant=cast.acme.id, uid=group).query == "q=T0&ends=60"
    assert members(cast, actor, group) == found


def test_a_filter_is_changed_and_told_without_its_words(cast: Cast, actor: Actor) -> None:
    group = make(cast, actor, "q=zoe")
    assert change(cast, actor, group, "q=zoe") is False
    assert change(cast, actor, group, "status=OUT") is True
    assert change(cast, actor, group, "status=IN", "In") is True
    named = {"before": {"name": "Out"}, "after": {"name": "In"}}
    assert trail(cast) == [
        ("group.created", {"name": "Out", "kind": "DYNAMIC"}),
        ("group.changed", {"fields": ["filter"]}),
        ("group.changed", named | {"fields": ["filter"]}),
    ]


def test_the_two_kinds_are_not_turned_into_each_other(cast: Cast, actor: Actor) -> None:
    static = group_of(cast.acme.id, "Paris", [])
    group = make(cast, actor, "status=OUT")
    with pytest.raises(BadGroup, match="static group has no filter"):
        change(cast, actor, static, "status=OUT")
    with pytest.raises(BadGroup, match="needs a filter"):
        change_group(actor=actor, tenant=cast.acme.id, uid=group, query="", now=NOW)
    assert change_group(actor=actor, tenant=cast.acme.id, uid=static, query="", now=NOW) is False


def test_names_are_shared_with_static_groups(cast: Cast, actor: Actor) -> None:
    make_group(actor=actor, tenant=cast.acme.id, name="Paris", now=NOW)
    with pytest.raises(GroupExists):
        make(cast, actor, "status=OUT", "paris")


def test_nobody_is_put_in_or_taken_out_by_hand(cast: Cast, actor: Actor) -> None:
    (device,) = add_devices(cast.acme.id, 1)
    group = make(cast, actor, "status=OUT")
    with tenant_scope([cast.acme.id]):
        uid = Device.objects.get(id=device).uid
    selection = select_picked(actor=actor, tenant=cast.acme.id, uids=[uid], query="", now=NOW)
    for kind in (BulkKind.GROUP_ADD, BulkKind.GROUP_REMOVE):
        with pytest.raises(NoMembers):
            start_bulk(
                actor=actor,
                tenant=cast.acme.id,
                kind=kind,
                selection=selection.uid,
                params={"group": str(group)},
                now=NOW,
            )


def test_a_deleted_group_leaves_its_devices_and_lists_of_nothing(cast: Cast, actor: Actor) -> None:
    add_devices(cast.acme.id, 2)
    group = make(cast, actor, "status=UNKNOWN")
    assert len(members(cast, actor, group)) == 2
    assert delete_group(actor=actor, tenant=cast.acme.id, uid=group, now=NOW) == "Out"
    assert members(cast, actor, group) == []
    assert len(listed(cast, actor, DeviceFilter())) == 2


def test_a_deleted_static_group_empties_the_dynamic_one_that_asks_for_it(
    cast: Cast, actor: Actor
) -> None:
    static = group_of(cast.acme.id, "Paris", add_devices(cast.acme.id, 2))
    group = make(cast, actor, f"group={static}")
    delete_group(actor=actor, tenant=cast.acme.id, uid=static, now=NOW)
    assert members(cast, actor, group) == []


@pytest.mark.parametrize("query", ["reason=WORD_OF_OLD", "state=inactive"])
def test_a_filter_that_says_nothing_any_more_finds_nobody(
    cast: Cast, actor: Actor, query: str
) -> None:
    """Not everybody, who would be refreshed, exported and edited."""
    add_devices(cast.acme.id, 2)
    group = make(cast, actor, "status=UNKNOWN")
    with tenant_scope([cast.acme.id]):
        Group.objects.update(query=query)
    assert members(cast, actor, group) == []


def test_filters_that_contradict_each_other_leave_nobody(cast: Cast, actor: Actor) -> None:
    make_fleet(cast.acme.id, 10)
    group = make(cast, actor, "vendor=Dell&answer=real")
    assert members(cast, actor, group, manufacturers=("HP",)) == []
    assert members(cast, actor, group, is_simulated=True) == []


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"status={status}" for status in Status),
        "where=is_virtual:is:yes&where=is_virtual:is:no",
    ],
)
def test_a_filter_that_leaves_everything_holds_everything(
    cast: Cast, actor: Actor, query: str
) -> None:
    uids = make_fleet(cast.acme.id, 10)
    group, other = make(cast, actor, query), make(cast, actor, "vendor=HP", "HP")
    static = group_of(cast.acme.id, "Some", uids[:2])
    asked = {"actor": actor, "tenant": cast.acme.id, "today": TODAY, "expiring_days": DAYS}
    assert count_groups(**asked, uids=[group, other])[group].number == len(uids)
    assert len(members(cast, actor, group)) == len(uids)
    assert len(listed(cast, actor, DeviceFilter(groups=(static, group)))) == len(uids)
    for uid in members(cast, actor, group):
        names = {name for _, name in list_groups_with(**asked, device=uuid.UUID(uid))}
        assert "Out" in names


def test_who_may_only_read_makes_none(cast: Cast, actor: Actor) -> None:
    group = make(cast, actor, "status=OUT")
    reader = actor_of(cast.reader)
    with pytest.raises(Forbidden):
        make(cast, reader, "status=OUT", "Other")
    with pytest.raises(Forbidden):
        change(cast, reader, group, "status=IN")


def test_v1_another_tenants_group_finds_nobody_and_tells_nothing(cast: Cast, actor: Actor) -> None:
    add_devices(cast.acme.id, 2)
    theirs = dynamic_group_of(cast.other.id, "Theirs", "status=UNKNOWN")
    assert members(cast, actor, theirs) == []
    with pytest.raises(NotFound):
        change(cast, actor, theirs, "status=OUT")
    with pytest.raises(BadGroup, match="not there"):
        make(cast, actor, f"group={theirs}")
