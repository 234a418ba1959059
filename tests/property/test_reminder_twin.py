"""S9: whatever happens to dates, however long nothing runs, reminders are what the rule says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.models import Tenant
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.models import Coverage, Reminder, Reminding
from fleetward.warranty.rules import due_reminders
from tests.cast import add_devices, make_tenant

pytestmark = pytest.mark.django_db

START = date(2026, 11, 22)
THRESHOLDS = (9, 4, 1)
DEVICES = 3
Told = tuple[int, date, int]


@dataclass
class Model:
    """The tenant as the rule sees it."""

    ends: dict[int, date | None]
    done_to: date | None = None
    told: dict[Told, date] = field(default_factory=dict)

    def run(self, today: date) -> int:
        seen_from = self.done_to + timedelta(1) if self.done_to else today
        self.done_to = today
        devices = 0
        for device, ends_on in self.ends.items():
            known = {days for one, end, days in self.told if (one, end) == (device, ends_on)}
            due = due_reminders(
                ends_on, thresholds=THRESHOLDS, told=known, seen_from=seen_from, today=today
            )
            devices += bool(due)
            self.told.update({(device, ends_on, days): today for days in due if ends_on})
        return devices


ends = st.none() | st.integers(-3, 25)
# How many days nothing runs, then what becomes of one device's end.
steps = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, DEVICES - 1), st.just("same") | ends),
    min_size=3,
    max_size=8,
)


@given(first=st.lists(ends, min_size=DEVICES, max_size=DEVICES), steps=steps)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_s9_each_device_threshold_and_end_is_told_once(
    first: list[int | None], steps: list[tuple[int, int, int | str | None]]
) -> None:
    tenant = make_tenant().id
    Tenant.objects.filter(id=tenant).update(reminder_days=list(THRESHOLDS))
    devices = add_devices(tenant, DEVICES)
    model = Model(dict.fromkeys(devices))
    for device, days in zip(devices, first, strict=True):
        change(tenant, model, device, days)
    today = START
    for pause, which, days in steps:
        assert send(tenant, today) == model.run(today)
        if days != "same":
            change(tenant, model, devices[which], days)
        today += timedelta(pause)
    with tenant_scope([tenant]):
        stored = Reminder.objects.filter(tenant_id=tenant)
        found = {(r.device_id, r.ends_on, r.days): r.sent_on for r in stored}
        assert len(found) == stored.count()
        assert Reminding.objects.get(tenant_id=tenant).done_to == model.done_to
    assert found == model.told


def send(tenant: int, today: date) -> int:
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    return send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=now)


def change(tenant: int, model: Model, device: int, days: int | str | None) -> None:
    ends_on = START + timedelta(days) if isinstance(days, int) else None
    model.ends[device] = ends_on
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id=device).update(
            ends_on=ends_on, reason="" if ends_on else "NOT_CHECKED"
        )
