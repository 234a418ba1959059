"""Budget, gaps and reminders of the devices in some groups, static and dynamic (E13)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.contracts import FlawFilter
from fleetward.warranty.models import Coverage, Entitlement, ReplacementCost
from fleetward.warranty.queries import grid_members, grid_plan
from fleetward.warranty.queries.budget import get_budget
from fleetward.warranty.queries.flaws import count_flaws, list_flaws
from fleetward.warranty.queries.reminders import (
    forecast_days,
    forecast_reminders,
    list_late_reminders,
    list_reminders,
)
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices
from tests.db.devices.fleet import dynamic_group_of, group_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Groups = Sequence[uuid.UUID]
SENT = 5


class Park:
    """Ten devices in Paris and Lyon, each with a gap, a reminder that was sent and one to come."""

    def __init__(self, cast: Cast) -> None:
        self.tenant, self.actor = cast.acme.id, actor_of(cast.reader)
        self.paris = add_devices(self.tenant, SENT, location="Paris", purchased_on=TODAY)
        self.lyon = add_devices(self.tenant, SENT, "HP", location="Lyon")
        self.cover(TODAY + 80 * DAY)
        send_reminders(actor=system_actor("Tests", self.tenant), tenant=self.tenant, now=NOW)
        # Late: its first threshold is over, and nobody knew.
        self.late = add_devices(self.tenant, 1, location="Paris")
        with tenant_scope([self.tenant]):
            Coverage.objects.filter(device_id__in=self.late).update(
                ends_on=TODAY + 50 * DAY, reason=""
            )
        self.static = group_of(self.tenant, "Some of Lyon", self.lyon[:2])
        self.dynamic = dynamic_group_of(self.tenant, "Paris", "where=location%3Ais%3AParis")
        self.ending = dynamic_group_of(self.tenant, "Expiring Dell", "status=EXPIRING&vendor=Dell")
        self.sets: dict[tuple[uuid.UUID, ...], set[int]] = {
            (): {*self.paris, *self.lyon, *self.late},
            (self.static,): set(self.lyon[:2]),
            (self.dynamic,): {*self.paris, *self.late},
            (self.ending,): {*self.paris, *self.late},
            (self.static, self.dynamic): {*self.paris, *self.lyon[:2], *self.late},
            (self.static, self.dynamic, self.ending): {*self.paris, *self.lyon[:2], *self.late},
            (uuid.UUID(int=1),): set(),
        }

    def cover(self, ends_on: object) -> None:
        with tenant_scope([self.tenant]):
            devices = [*self.paris, *self.lyon]
            Coverage.objects.filter(device_id__in=devices).update(ends_on=ends_on, reason="")
            for device in devices:
                for number, first in enumerate((TODAY - 9 * DAY, TODAY + 9 * DAY)):
                    Entitlement.objects.create(
                        tenant_id=self.tenant,
                        device_id=device,
                        source="dell",
                        line_key=str(number),
                        code="ND",
                        kind="BASE",
                        starts_on=first,
                        ends_on=first + 5 * DAY,
                        recorded_at=NOW,
                    )

    def ids(self, uids: Sequence[object]) -> set[int]:
        with tenant_scope([self.tenant]):
            return set(Device.objects.filter(uid__in=list(uids)).values_list("id", flat=True))

    @property
    def asked(self) -> dict[str, object]:
        return {"actor": self.actor, "tenant": self.tenant}


@pytest.fixture
def park(cast: Cast) -> Park:
    return Park(cast)


@pytest.mark.parametrize("few", [4_000, 1], ids=["looked up", "joined"])
def test_e13_each_list_and_number_is_of_the_devices_in_the_groups(
    park: Park, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(grid_plan, "FEW", few)
    for groups, inside in park.sets.items():
        dated = inside - set(park.late)
        only = FlawFilter(groups=groups)
        flaws = list_flaws(**park.asked, only=only, today=TODAY).rows
        assert park.ids([row.device_uid for row in flaws]) == dated
        counts = count_flaws(**park.asked, today=TODAY, groups=groups)
        assert counts.counts[only.kind].devices == len(dated)
        budget = get_budget(**park.asked, today=TODAY, groups=groups)
        assert sum(budget.devices) == len(inside)
        sent = list_reminders(**park.asked, today=TODAY, groups=groups).rows
        assert park.ids([row.device_uid for row in sent]) == dated
        late = list_late_reminders(**park.asked, now=NOW, groups=groups)
        assert park.ids([one.device_uid for one in late]) == inside & set(park.late)
        forecast = forecast_reminders(**park.asked, now=NOW, groups=groups)
        to_come = sum(month.reminders for month in forecast.periods)
        # Thirty and seven days before for all; ninety, late, for the one that nobody knew of.
        assert to_come == 2 * len(inside) + len(late)
        first = (TODAY + 50 * DAY).replace(day=1)
        days = forecast_days(**park.asked, month=first, now=NOW, groups=groups)
        month = next(one for one in forecast.periods if one.first == first)
        assert sum(one.reminders for one in days.periods) == month.reminders


def test_a_budget_of_a_group_leaves_models_without_devices_out(park: Park) -> None:
    with tenant_scope([park.tenant]):
        ReplacementCost.objects.create(
            tenant_id=park.tenant, manufacturer="Sun", model="Ultra 5", cost=9
        )

    def makers(groups: Groups) -> set[str]:
        lines = get_budget(**park.asked, today=TODAY, groups=groups).lines
        return {line.manufacturer for line in lines}

    assert makers(()) == {"Dell", "HP", "Sun"}
    assert makers([park.static]) == {"HP"}


def test_v1_groups_of_another_tenant_have_nobody(park: Park, cast: Cast) -> None:
    theirs = group_of(cast.other.id, "Theirs", add_devices(cast.other.id, 2))
    assert not list_flaws(**park.asked, only=FlawFilter(groups=(theirs,)), today=TODAY).rows
    assert get_budget(**park.asked, today=TODAY, groups=[theirs]).lines == []


def test_a_statement_that_reads_otherwise_fails_and_does_not_tell_of_all(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_members, "AMONG", "something else")
    with pytest.raises(ValueError, match="unpack"):
        get_budget(**park.asked, today=TODAY, groups=[park.static])
