"""The grid: its pages are the filtered set, its count is their number, and one tenant is all."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from fleetward.devices.bulk.contracts import NothingSelected
from fleetward.devices.contracts import GroupKind
from fleetward.devices.models import Device, Group, GroupMember
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import BadCursor, encode_cursor
from fleetward.warranty.actions.selecting import select_matching
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.models import Coverage
from fleetward.warranty.queries import grid, grid_plan
from fleetward.warranty.queries.grid import count_devices, list_and_count, list_devices
from fleetward.warranty.queries.grid_conditions import Condition, Op, read_conditions
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow, Order, Sort
from fleetward.warranty.queries.grid_words import read_filter, words_in
from fleetward.warranty.rules import status_on
from tests.cast import NOW, TODAY, Cast, actor_of, make_cast
from tests.db.devices.fleet import (
    MAKERS,
    MODELS,
    REASONS,
    cover,
    dynamic_group_of,
    group_of,
    make_fleet,
)

pytestmark = pytest.mark.django_db
DAYS = 180
# More than the tenant has devices.
ALL = 100
# Of groups: one smaller than what is sorted in the tests, two larger.
SIZES = (3, 20, 50)
# Of dynamic groups: by coverage, by text, by columns, of members, and of nobody.
STORED = (
    "status=OUT&status=EXPIRING&vendor_not=HP",
    "q=itud&vendor=Dell&vendor=Lenovo",
    "model=Latitude+5440&answer=real&where=assigned_user%3Afilled",
    "ends=30",
    "group={group}&where=ends_on%3Afilled",
    "status=IN&reason=NOT_CHECKED",
    "where=status%3Anot%3AIN&where=group%3Anot%3A{group}",
)
TEXTS = ("t0", "T", "itud", "NB_", "B_1%", "zoé", "PC-Ä", "\\", "\0x")


@dataclass
class Fleet:
    cast: Cast
    actor: Actor
    groups: tuple[uuid.UUID, ...]

    @property
    def tenant(self) -> int:
        return self.cast.acme.id

    def ask(self, only: DeviceFilter) -> dict[str, object]:
        return {
            "actor": self.actor,
            "tenant": self.tenant,
            "only": only,
            "today": TODAY,
            "expiring_days": DAYS,
        }

    def pages(self, only: DeviceFilter, order: Order, limit: int) -> list[list[DeviceRow]]:
        """All pages forwards, checked against the way back."""
        pages, cursor = [], None
        while True:
            page = list_devices(**self.ask(only), order=order, cursor=cursor, limit=limit)
            pages.append(list(page.rows))
            if page.after is None:
                break
            cursor = page.after
        back = [pages[-1]]
        while page.before is not None:
            page = list_devices(**self.ask(only), order=order, cursor=page.before, limit=limit)
            back.insert(0, list(page.rows))
        assert [row for one in back for row in one] == [row for one in pages for row in one]
        return pages


@pytest.fixture
def fleet() -> Fleet:
    cast = make_cast()
    make_fleet(cast.other.id, 10, seed=2)
    ids = make_fleet(cast.acme.id, 60, inactive=12)
    chance = random.Random(3)
    groups = [
        group_of(cast.acme.id, f"G{n}", chance.sample(ids, size)) for n, size in enumerate(SIZES)
    ]
    dynamic = [
        dynamic_group_of(cast.acme.id, f"D{n}", query.format(group=groups[2]))
        for n, query in enumerate(STORED)
    ]
    return Fleet(cast, actor_of(cast.admin), (*groups, uuid.UUID(int=1), *dynamic))


def oracle(tenant: int, only: DeviceFilter) -> set[str]:
    """The filter once more, device by device."""
    with tenant_scope([tenant]):
        covers = {c.device_id: c for c in Coverage.objects.all()}
        return {str(device.uid) for device in _left(tenant, only, covers)}


def _left(tenant: int, only: DeviceFilter, covers: dict[int, Coverage]) -> list[Device]:
    named = {*only.groups, *only.except_groups}
    if Group.objects.filter(tenant_id=tenant, uid__in=named).count() < len(named):
        # A group that is gone leaves nothing, whether devices were to be in it or not.
        return []
    inside = _inside(tenant, only.groups, covers)
    outside = _inside(tenant, only.except_groups, covers)
    return [
        d
        for d in Device.objects.filter(tenant_id=tenant)
        if _fits(d, covers, only) and (not only.groups or d.id in inside) and d.id not in outside
    ]


def _inside(tenant: int, groups: Sequence[uuid.UUID], covers: dict[int, Coverage]) -> set[int]:
    """The devices of some groups: members, and what the filters of dynamic ones leave."""
    found: set[int] = set()
    for group in Group.objects.filter(uid__in=groups):
        if group.kind == GroupKind.STATIC:
            members = GroupMember.objects.filter(group_id=group.id)
            found |= set(members.values_list("device_id", flat=True))
        else:
            stored = read_filter(words_in(group.query), today=TODAY, zone="UTC")
            found |= {device.id for device in _left(tenant, stored, covers)}
    return found


def _fits(device: Device, covers: dict[int, Coverage], only: DeviceFilter) -> bool:
    words = only.text.strip().lower()
    texts = (device.serial, device.name, device.model, device.assigned_user)
    if len(words) >= 3:
        found = any(words in text.lower() for text in texts)
    else:
        found = device.serial.lower().startswith(words)
    fits = (
        found
        and device.is_active is only.is_active
        and (only.is_archived is None or (device.archived_on is not None) is only.is_archived)
        and (not only.manufacturers or device.manufacturer in only.manufacturers)
        and device.manufacturer not in only.except_manufacturers
        and (not only.models or device.model in only.models)
    )
    holds = all(_holds(device, one) for one in only.device_conditions)
    return fits and holds and (not only.is_active or _covered(covers[device.id], only))


def _holds(row: Device | Coverage, one: Condition) -> bool:
    """A condition once more, in Python."""
    value = getattr(row, one.field)
    if one.op is Op.EMPTY:
        return value in ("", None)
    if one.op is Op.FILLED:
        return value not in ("", None)
    if one.stretches:
        is_in = value is not None and any(
            (s.first is None or value >= s.first) and (s.until is None or value < s.until)
            for s in one.stretches
        )
        return is_in is (one.op is not Op.IS_NOT)
    if isinstance(value, bool):
        return len(one.values) != 1 or value is (one.values == ("yes",))
    found = str(value).lower()
    if one.op is Op.HAS:
        return any(v.lower() in found for v in one.values)
    return (found in [v.lower() for v in one.values]) is (one.op is Op.IS)


def _covered(cover: Coverage, only: DeviceFilter) -> bool:
    status = Status.UNKNOWN
    if cover.ends_on:
        status = status_on(cover.ends_on, on=TODAY, expiring_days=DAYS)
    is_dated = only.ends_from is not None or only.ends_to is not None
    return (
        (not only.statuses or status in only.statuses)
        and (not only.reasons or cover.reason in only.reasons)
        and (only.ends_from is None or (cover.ends_on or only.ends_from) >= only.ends_from)
        and (only.ends_to is None or (cover.ends_on or only.ends_to) <= only.ends_to)
        and not (is_dated and cover.ends_on is None)
        and (only.is_checked is None or only.is_checked is (cover.reason != Reason.NOT_CHECKED))
        and (only.is_simulated is None or only.is_simulated is cover.is_simulated)
        and all(_holds(cover, one) for one in only.coverage_conditions)
        and all(
            (status in one.values) is (one.op is Op.IS)
            for one in only.conditions
            if one.field == "status"
        )
    )


WORDS = (
    "model:is:latitude 5440",
    "model:is:ThinkPad T14",
    "model:not:EliteBook 840",
    "model:empty",
    "model:has:PAD",
    "assigned_user:has:É",
    "assigned_user:filled",
    "manufacturer:not:dell",
    "serial:is:t000001",
    "is_virtual:is:no",
    "origin:not:MANUAL",
    "created_at:before:2026-12-31",
    "created_at:next:3",
    "ends_on:next:200",
    "ends_on:past:100",
    "ends_on:after:2026-06-01",
    "ends_on:before:2027-06-01",
    "ends_on:before:2027-01-01",
    "created_at:is:2026-11-22",
    "created_at:is:2026-11-21",
    "ends_on:empty",
    "starts_on:filled",
    "source:is:dell",
    "latest_error:empty",
    "checked_at:before:2027-01-01",
    "status:not:OUT",
    "status:is:UNKNOWN",
    "status:is:EXPIRING",
    "reason:not:NOT_CHECKED",
    "reason:filled",
    f"ends_on:not:{TODAY}",
    "purchased_on:not:2024-01-01",
    "ends_on:after:2026-01-01",
    "ends_on:after:2026-03-01",
    f"ends_on:is:{TODAY}",
    f"ends_on:is:{TODAY + timedelta(days=30)}",
)


def some_conditions(
    chance: random.Random, groups: tuple[uuid.UUID, ...] = ()
) -> tuple[Condition, ...]:
    words = chance.sample(WORDS, chance.choice([0, 0, 1, 2, 3]))
    if groups and chance.random() < 0.25:
        words += [f"group:not:{uid}" for uid in chance.sample(groups, chance.randint(1, 2))]
    return read_conditions(words, today=TODAY, zone="Europe/Paris")


def selected(fleet: Fleet, only: DeviceFilter) -> set[str]:
    """The devices of a selection of all that a filter leaves."""
    try:
        row = select_matching(**fleet.ask(only), query="", now=NOW)
    except NothingSelected:
        return set()
    shown = fleet.pages(
        DeviceFilter(selection=row.uid, is_active=only.is_active), Order(Sort.SERIAL), 50
    )
    uids = {r.uid for page in shown for r in page}
    assert row.devices == len(uids)
    return uids


def random_filter(chance: random.Random, groups: tuple[uuid.UUID, ...] = ()) -> DeviceFilter:
    def some(values: tuple, share: float = 0.3) -> tuple:
        few = chance.sample(values, chance.randint(1, 2))
        return tuple(few) if chance.random() < share else ()

    near = TODAY + timedelta(days=chance.choice([-400, -1, 0, 30, 180]))
    is_active = chance.random() > 0.1
    return DeviceFilter(
        statuses=some(tuple(Status)),
        reasons=some(REASONS, 0.15),
        manufacturers=some(MAKERS),
        except_manufacturers=some(MAKERS, 0.2),
        models=some(MODELS, 0.2),
        ends_from=near if chance.random() < 0.15 else None,
        ends_to=near + timedelta(days=30) if chance.random() < 0.15 else None,
        is_checked=chance.choice([None] * 8 + [True, False]),
        is_simulated=chance.choice([None] * 8 + [True, False]),
        is_active=is_active,
        is_archived=None if is_active else chance.choice([None, True, False]),
        text=chance.choice(
            [""] * 4 + ["t0", "T", "itud", "NB_", "B_1%", "zoé", "PC-Ä", "\\", "\0x"]
        ),
        groups=some(groups) if groups else (),
        conditions=some_conditions(chance, groups),
    )


@pytest.mark.parametrize(
    ("few", "cap"),
    [(4_000, 10_000), (5, 10_000), (5, 5)],
    ids=["sorted", "among candidates", "along the index"],
)
@pytest.mark.parametrize("sort", list(Sort))
def test_pages_both_ways_are_the_filtered_set(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, few: int, cap: int, sort: Sort
) -> None:
    for limit in ("FEW", "FEWER"):
        monkeypatch.setattr(grid_plan, limit, few)
    monkeypatch.setattr(grid_plan, "COUNT_CAP", cap)
    chance = random.Random(f"{sort}{few}{cap}")
    for _ in range(25):
        only = random_filter(chance, fleet.groups)
        order = Order(sort, chance.random() < 0.5)
        rows = [row for page in fleet.pages(only, order, chance.choice([1, 4, 50])) for row in page]
        uids = [row.uid for row in rows]
        assert len(uids) == len(set(uids))
        assert set(uids) == oracle(fleet.tenant, only), only
        count = count_devices(**fleet.ask(only))
        if cap > ALL:
            assert (count.number, count.is_capped) == (len(uids), False)
        else:
            # Whoever stops counting says so.
            assert count.number == len(uids) or (count.is_capped and count.number < len(uids))
        page, total = list_and_count(**fleet.ask(only), order=order, limit=4)
        assert ([row.uid for row in page.rows], total) == (uids[:4], count)
        assert selected(fleet, only) == set(uids)


def test_what_begins_a_serial_is_listed_by_serial(fleet: Fleet) -> None:
    def shown(text: str, order: Order | None = None) -> list[DeviceRow]:
        page, count = list_and_count(**fleet.ask(DeviceFilter(text=text)), order=order, limit=100)
        assert len(page.rows) == count.number > 2
        return list(page.rows)

    serials = [row.serial for row in shown("t0")]
    assert serials == sorted(serials)
    assert shown("t0", Order()) != shown("t0")
    assert shown("itud") == shown("itud", Order())


@pytest.mark.parametrize("is_descending", [False, True])
def test_unknown_coverage_comes_last_in_both_directions(fleet: Fleet, is_descending: bool) -> None:
    pages = fleet.pages(DeviceFilter(), Order(Sort.END, is_descending), 7)
    rows = [row for page in pages for row in page]
    known = [r for r in rows if r.status is not Status.UNKNOWN]
    assert rows[: len(known)] == known
    ends = [r.ends_on.toordinal() if r.ends_on else 4_000_000 for r in known]
    assert ends == sorted(ends, reverse=is_descending)


def test_names_sort_without_case(fleet: Fleet) -> None:
    rows = [r for p in fleet.pages(DeviceFilter(), Order(Sort.NAME), 50) for r in p]
    assert [r.name.lower() for r in rows] == sorted(r.name.lower() for r in rows)


def test_w10_end_today_is_expiring_and_w19_open_end_is_in(fleet: Fleet) -> None:
    rows = {r.uid: r for p in fleet.pages(DeviceFilter(), Order(), 50) for r in p}
    assert {r.status for r in rows.values() if r.ends_on == TODAY} == {Status.EXPIRING}
    rolling = [r for r in rows.values() if r.is_rolling]
    assert rolling
    assert {(r.status, r.ends_on) for r in rolling} == {(Status.IN, None)}


def test_v1_another_tenant_is_not_listed_counted_or_searched(fleet: Fleet) -> None:
    outsider = actor_of(fleet.cast.outsider)
    for question in (list_devices, count_devices):
        with pytest.raises(NotFound):
            question(**fleet.ask(DeviceFilter()) | {"actor": outsider})
    with tenant_scope([fleet.cast.other.id]):
        theirs = Device.objects.filter(tenant_id=fleet.cast.other.id).first()
    assert theirs is not None
    assert list_devices(**fleet.ask(DeviceFilter(text=theirs.serial))).rows == []
    assert count_devices(**fleet.ask(DeviceFilter(text=theirs.serial))).number == 0


def test_a_capped_count_is_a_lower_bound(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_plan, "COUNT_CAP", 20)
    monkeypatch.setattr(grid_plan, "FEW", 5)
    only = DeviceFilter(text="itude", statuses=(Status.OUT, Status.UNKNOWN))
    count = count_devices(**fleet.ask(only))
    real = len(oracle(fleet.tenant, only))
    assert count.number == real if not count.is_capped else count.number <= real


def test_count_stops_at_its_cap(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_plan, "COUNT_CAP", 10)
    count = count_devices(**fleet.ask(DeviceFilter(text="T0")))
    assert (count.number, count.is_capped) == (10, True)


@pytest.mark.parametrize("text", ["T0", "itud"])
def test_a_page_is_whole_where_its_count_stops(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    only = DeviceFilter(
        text=text, conditions=read_conditions(["model:filled"], today=TODAY, zone="UTC")
    )
    whole = list_devices(**fleet.ask(only), order=Order())
    monkeypatch.setattr(grid_plan, "COUNT_CAP", 5)
    page, count = list_and_count(**fleet.ask(only), order=Order())
    assert len(page.rows) > 5
    assert page == whole
    assert (count.number, count.is_capped) == (5, True)


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        encode_cursor(["after", "name", "x", 1]),
        encode_cursor(["beside", "end", "2026-01-01", 1]),
        encode_cursor(["after", "end", "tomorrow", 1]),
        encode_cursor(["after", "end", "2026-01-01", "1"]),
        encode_cursor(["after", "end", "2026-01-01", 2**70]),
        encode_cursor(["after", "-end", "2026-01-01", 1]),
    ],
)
def test_a_cursor_of_something_else_is_refused(fleet: Fleet, cursor: str) -> None:
    with pytest.raises(BadCursor):
        list_devices(**fleet.ask(DeviceFilter()), cursor=cursor)


def test_a_page_of_the_grid_takes_few_statements(
    fleet: Fleet, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_max_num_queries(8):
        list_devices(**fleet.ask(DeviceFilter(text="itude", statuses=(Status.IN,))))


def test_models_and_manufacturers_are_those_of_the_tenant(fleet: Fleet) -> None:
    known = grid.list_models(actor=fleet.actor, tenant=fleet.tenant)
    assert known == sorted(m for m in MODELS if m)
    makers = dict(grid.list_manufacturers(actor=fleet.actor, tenant=fleet.tenant))
    assert sum(makers.values()) == 60


def test_a_new_answer_moves_the_device(fleet: Fleet) -> None:
    only = DeviceFilter(ends_from=TODAY + timedelta(days=90), ends_to=TODAY + timedelta(days=91))
    assert count_devices(**fleet.ask(only)).number == 0
    with tenant_scope([fleet.tenant]):
        device = Device.objects.filter(tenant_id=fleet.tenant, is_active=True).first()
    assert device is not None
    cover(fleet.tenant, device.id, TODAY + timedelta(days=91))
    assert [r.uid for r in list_devices(**fleet.ask(only)).rows] == [str(device.uid)]
