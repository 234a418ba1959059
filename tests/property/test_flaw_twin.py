"""The SQL function `warranty_flaws` says of random lines what `rules.gaps` and `doubles` say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions.answers import not_cover_list, stage_devices
from fleetward.warranty.contracts import Entitlement, EntitlementKind, FlawFilter, FlawKind
from fleetward.warranty.models import Coverage
from fleetward.warranty.models import Entitlement as StoredLine
from fleetward.warranty.queries.flaws import count_flaws, list_flaws
from fleetward.warranty.rules import covered_periods, doubles, gap_kind, gaps, quarters
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices
from tests.property.test_coverage_twin import store

pytestmark = pytest.mark.django_db

DEVICES = 10
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
Told = list[tuple[int, FlawKind, date, date | None]]

days = st.one_of(
    st.none(),
    st.integers(-4, 4).map(lambda n: TODAY + timedelta(days=n)),
    st.integers(-8, 8).map(lambda n: TODAY + timedelta(days=90 * n)),
)
lines = st.builds(
    Entitlement,
    source=st.sampled_from(["dell", "dell", "lenovo", "manual"]),
    code=st.sampled_from(["ND", "nd", "PS", "D", ""]),
    name=st.sampled_from(["ProSupport", "Initial setup", ""]),
    kind=st.sampled_from(EntitlementKind),
    starts_on=days,
    ends_on=days,
    number=st.sampled_from(["", "1"]),
    is_rolling=st.booleans(),
    is_cancelled=st.sampled_from([False, False, True]),
)
machines = st.lists(st.lists(lines, max_size=5), min_size=DEVICES, max_size=DEVICES)


def ruled(fleet: list[list[Entitlement]]) -> Told:
    """What the rules say, by the number of the device."""
    entries = not_cover_list()
    told: Told = []
    for number, machine in enumerate(fleet):
        for gap in gaps(covered_periods(machine, entries)):
            assert gap.starts_on
            assert gap.ends_on
            kind = gap_kind(gap.ends_on, today=TODAY)
            told.append((number, kind, gap.starts_on, gap.ends_on))
        told += [
            (number, FlawKind.DOUBLE, one.starts_on, one.ends_on)
            for one in doubles(machine, entries)
        ]
    return told


def listed(
    cast: Cast, kind: FlawKind, first: date | None = None, latest: date | None = None
) -> Told:
    rows = list_flaws(
        actor=actor_of(cast.reader),
        tenant=cast.acme.id,
        only=FlawFilter(kind, first, latest),
        today=TODAY,
        limit=1_000,
    ).rows
    return [(int(row.name), row.kind, row.starts_on, row.ends_on) for row in rows]


def in_order(told: Told) -> Told:
    return sorted(told, key=lambda one: (*one[:3], one[3] or date.max))


@pytest.fixture
def devices(cast: Cast) -> list[int]:
    """Each is named by its number."""
    devices = add_devices(cast.acme.id, DEVICES)
    with tenant_scope([cast.acme.id]):
        for number, device in enumerate(devices):
            Device.objects.filter(id=device).update(name=str(number))
    return devices


def recompute(tenant: int, devices: list[int]) -> None:
    """As storing an answer does, which leaves out devices that are surely without flaws."""
    stage_devices(devices)
    sql.execute("warranty", "recompute_coverage", {"tenant": tenant, "now": NOW})


@QUICK
@given(fleet=machines, is_computed=st.booleans())
def test_the_function_and_the_rules_agree(
    cast: Cast, devices: list[int], fleet: list[list[Entitlement]], *, is_computed: bool
) -> None:
    with tenant_scope([cast.acme.id]):
        StoredLine.objects.all().delete()
        Coverage.objects.update(may_be_flawed=True)
        for device, machine in zip(devices, fleet, strict=True):
            store(cast.acme.id, device, machine)
        if is_computed:
            recompute(cast.acme.id, devices)
    expected = ruled(fleet)
    found = [one for kind in FlawKind for one in listed(cast, kind)]
    assert in_order(found) == in_order(expected)
    summary = count_flaws(actor=actor_of(cast.reader), tenant=cast.acme.id, today=TODAY)
    for kind, count in summary.counts.items():
        rows = [one for one in expected if one[1] is kind]
        ends = [one[3] or date.max for one in rows]
        assert (count.flaws, count.devices) == (len(rows), len({one[0] for one in rows}))
        assert count.days == sum((one[3] - one[2]).days + 1 for one in rows if one[3])
        assert count.running == sum(end >= TODAY for end in ends)
    for quarter in summary.quarters:
        rows = listed(cast, FlawKind.GAP_AHEAD, quarter.first, quarter.latest)
        assert (quarter.gaps, quarter.devices) == (len(rows), len({one[0] for one in rows}))
    assert [one.first for one in summary.quarters] == quarters(TODAY)[:-1]


def test_devices_whose_lines_follow_each_other_are_left_out(cast: Cast, devices: list[int]) -> None:
    def line(code: str, first: int, latest: int) -> Entitlement:
        starts_on, ends_on = (TODAY + timedelta(days=n) for n in (first, latest))
        return Entitlement("dell", code, code, EntitlementKind.EXTENSION, starts_on, ends_on)

    kept: list[list[Entitlement]] = [
        [line("ND", 0, 9), line("ND", 11, 20)],
        [line("ND", 0, 9), line("PS", 0, 20), line("ND", 8, 20)],
    ]
    left_out: list[list[Entitlement]] = [
        [],
        [line("ND", 0, 9)],
        [line("ND", 0, 9), line("ND", 10, 20)],
        [line("ND", 0, 9), line("ND", 9, 20)],
        [line("ND", 0, 9), line("PS", 5, 20)],
    ]
    with tenant_scope([cast.acme.id]):
        for device, machine in zip(devices, kept + left_out, strict=False):
            store(cast.acme.id, device, machine)
        recompute(cast.acme.id, devices)
        stored = Coverage.objects.filter(may_be_flawed=True).values_list("device_id", flat=True)
        assert sorted(stored) == devices[: len(kept)]
