"""The dashboard's figures come from one filtered set (W12)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import NotFound
from fleetward.warranty.contracts import Status
from fleetward.warranty.models import Coverage
from fleetward.warranty.queries.dashboard import Dashboard, DashboardFilter, dashboard
from tests.cast import TODAY, Cast, actor_of, add_devices, make_cast

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


def ask(cast: Cast, **only: object) -> Dashboard:
    return dashboard(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        today=TODAY,
        expiring_days=180,
        only=DashboardFilter(**only),  # type: ignore[arg-type]
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


def test_outsider_gets_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        dashboard(
            actor=actor_of(cast.outsider), tenant=cast.acme.id, today=TODAY, expiring_days=180
        )
