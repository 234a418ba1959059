"""Two make one more at once where there is room for a single one: the second is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleetward.devices.actions import grouping, viewing
from fleetward.devices.contracts import TooManyGroups, TooManyViews, ViewInput
from fleetward.devices.models import Group, View
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import Role
from fleetward.warranty.models import RunSchedule
from fleetward.warranty.schedules.actions import keeping
from fleetward.warranty.schedules.contracts import ScheduleInput, TooManySchedules
from tests.cast import NOW, actor_of, make_tenant, make_user
from tests.plugins.database import FreshDatabase
from tests.races import at_once

Make = Callable[[str], object]


class Place:
    """A tenant with one group, and somebody who makes things in it."""

    def __init__(self) -> None:
        self.tenant = make_tenant().id
        self.actor = actor_of(make_user("admin@acme.example", {self.tenant: Role.IT_ADMIN}))
        self.made = self.group("First")

    def group(self, name: str) -> object:
        return grouping.make_group(actor=self.actor, tenant=self.tenant, name=name, now=NOW)

    def view(self, name: str) -> object:
        view = ViewInput(name, query="status=OUT")
        return viewing.save_view(actor=self.actor, tenant=self.tenant, view=view, now=NOW)

    def schedule(self, _name: str) -> object:
        schedule = ScheduleInput(7, group=self.made)  # type: ignore[arg-type]
        return keeping.add_schedule(
            actor=self.actor, tenant=self.tenant, schedule=schedule, now=NOW
        )


# How many there may be with one more, whose they are, and how a second one too many is refused.
LIMITS = {
    "group": (grouping, "MOST_GROUPS", 2, Group, TooManyGroups),
    "view": (viewing, "MOST_VIEWS", 1, View, TooManyViews),
    "schedule": (keeping, "MOST_SCHEDULES", 1, RunSchedule, TooManySchedules),
}


@pytest.fixture(params=LIMITS)
def what(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is made, of which there is room for one more."""
    module, limit, most, *_rest = LIMITS[request.param]
    monkeypatch.setattr(module, limit, most)
    return str(request.param)


def made_at_once(place: Place, what: str) -> int:
    make: Make = getattr(place, what)
    at_once([place.tenant], lambda: make("One"), lambda: make("Other"))
    return count(place, what)


def count(place: Place, what: str) -> int:
    with tenant_scope([place.tenant]):
        return int(LIMITS[what][3].objects.count())


def test_of_two_at_once_the_second_is_one_too_many(
    fresh_database: FreshDatabase, what: str
) -> None:
    place = Place()
    with pytest.raises(LIMITS[what][4]):
        made_at_once(place, what)
    assert count(place, what) == LIMITS[what][2]


def test_control_without_the_lock_there_are_too_many(
    fresh_database: FreshDatabase, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LIMITS[what][0], "wait_turn", lambda lock, owner: None)
    assert made_at_once(Place(), what) == LIMITS[what][2] + 1
