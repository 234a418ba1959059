"""The dashboard's figures come from one filtered set (W12)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import NotFound
from fleetward.warranty.contracts import Status
from fleetward.warranty.models import Coverage
from fleetward.warranty.queries.dashboard import Dashboard, DashboardFilter, dashboard
from fleetward.warranty.queries.grid import list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow
from fleetward.warranty.queries.grid_words import read_filter, words_in
from tests.cast import TODAY, Cast, actor_of, add_devices, make_cast
from tests.db.devices.fleet import dynamic_group_of, group_of

pytestmark = pytest.mark.django_db

ENDS = {
    "yesterday": TODAY - timedelta(days=1),
    "today": TODAY,
    "in 30 days": TODAY + timedelta(days=30),
    "in 180 days": TODAY + timedelta(days=180),
    "in 181 days": TODAY + timedelta(days=181),
    "rolling": date(9999, 12, 31),
}


def cover(tenant: int, device: int, ends_on: date | None, reason: str = "") -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id=device).delete()
        manufacturer = sql.fetch_text(
            "SELECT manufacturer FROM devices_device WHERE id = %s", [device]
        )
        Coverage.objects.create(
            device_id=device,
            tenant_id=tenant,
            manufacturer=manufacturer[0][0],
            ends_on=ends_on,
            reason=reason,
        )


def ask(cast: Cast, **only: Any) -> Dashboard:
    return dashboard(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        today=TODAY,
        expiring_days=180,
        only=DashboardFilter(**only),
    )


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    for ends_on in ENDS.values():
        cover(made.acme.id, add_devices(made.acme.id, 1)[0], ends_on)
    cover(made.acme.id, add_devices(made.acme.id, 1, "Lenovo")[0], None, "NOT_CONFIGURED")
    cover(made.other.id, add_devices(made.other.id, 1)[0], TODAY)
    return made


def test_w10_end_of_today_counts_and_expiring_is_in_warranty(cast: Cast) -> None:
    figures = ask(cast)
    assert figures.by_status == {
        Status.IN: 2,
        Status.EXPIRING: 3,
        Status.OUT: 1,
        Status.UNKNOWN: 1,
    }
    assert (figures.in_warranty, figures.devices, figures.within_30_days) == (5, 7, 2)


def test_w12_every_figure_is_of_the_filtered_set(cast: Cast) -> None:
    figures = ask(cast, manufacturers=("Lenovo",))
    assert (figures.devices, figures.in_warranty, figures.within_30_days) == (1, 0, 0)
    assert list(figures.by_vendor) == ["Lenovo"]
    assert {str(reason): n for reason, n in figures.by_reason.items()} == {"NOT_CONFIGURED": 1}
    assert ask(cast, statuses=(Status.OUT,)).by_status[Status.EXPIRING] == 0


def test_w12_chart_reaches_eighteen_months_each_way(cast: Cast) -> None:
    months = ask(cast).months
    assert (months[0].first, months[-1].first) == (date(2025, 5, 1), date(2028, 5, 1))
    november = next(m for m in months if m.first == date(2026, 11, 1))
    assert november.by_status == {Status.OUT: 1, Status.EXPIRING: 1}
    assert sum(sum(m.by_status.values()) for m in months) == 5, "the rolling one is beyond"


GROUPS = ("status=OUT", "vendor=Lenovo&reason=NOT_CONFIGURED", "q=T0", "ends=30", "model=None")


@pytest.mark.parametrize("query", GROUPS)
def test_e13_groups_narrow_every_figure(cast: Cast, query: str) -> None:
    """Alone, with another filter, and beside a static group."""
    group = dynamic_group_of(cast.acme.id, "Some", query)
    typed = read_filter(words_in(query), today=TODAY, zone="UTC")
    found = listed(cast, typed)
    static = group_of(cast.acme.id, "Two", add_devices(cast.acme.id, 2, "HP"))
    assert ask(cast, groups=(group,)).devices >= len(found)
    figures = ask(cast, groups=(group,), manufacturers=("Dell", "Lenovo"))
    assert figures.devices == len([row for row in found if row.manufacturer != "HP"])
    by_status = Counter(row.status for row in found if row.manufacturer != "HP")
    assert {s: n for s, n in figures.by_status.items() if n} == by_status
    both = ask(cast, groups=(group, static))
    assert both.devices == len(listed(cast, DeviceFilter(groups=(group, static))))


def listed(cast: Cast, only: DeviceFilter) -> list[DeviceRow]:
    found = list_devices(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        only=only,
        today=TODAY,
        expiring_days=180,
    )
    return list(found.rows)


def test_v1_a_group_of_another_tenant_leaves_nothing(cast: Cast) -> None:
    theirs = dynamic_group_of(cast.other.id, "Theirs", "vendor=Dell")
    assert ask(cast, groups=(theirs,)).devices == 0


def test_outsider_gets_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        dashboard(
            actor=actor_of(cast.outsider), tenant=cast.acme.id, today=TODAY, expiring_days=180
        )
