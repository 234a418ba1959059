"""Hand-entered warranties (W17) in the history of a device and in the trail, before and after."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.contracts import ChangeKind, ChangeRow
from fleetward.devices.queries.history import list_changes
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden
from fleetward.warranty.actions.manual import enter_warranty, release_warranty
from fleetward.warranty.contracts import ManualWarranty
from tests.cast import TODAY, Cast, actor_of, add_devices
from tests.db.bulk.listed import Lists, row_of
from tests.db.bulk.work import Place

pytestmark = pytest.mark.django_db
END = TODAY + timedelta(days=365)
FIRST = ManualWarranty("Our contract", TODAY, END, "Next day", "C-1")


class Desk:
    """One device and whoever enters its warranty, for somebody else."""

    def __init__(self, cast: Cast) -> None:
        self.tenant = cast.acme.id
        self.actor: Actor = replace(
            actor_of(cast.device_admin), on_behalf_of="boss@acme.example", request_id="r-1"
        )
        place = Place(cast)
        self.uid = place.uids(add_devices(self.tenant, 1))[0]

    def enter(self, warranty: ManualWarranty) -> None:
        enter_warranty(
            actor=self.actor,
            tenant=self.tenant,
            device_uid=str(self.uid),
            warranty=warranty,
            now=utc_now(),
        )

    def release(self) -> None:
        release_warranty(
            actor=self.actor, tenant=self.tenant, device_uid=str(self.uid), now=utc_now()
        )

    def history(self) -> list[ChangeRow]:
        page = list_changes(actor=self.actor, tenant=self.tenant, uid=self.uid)
        return [row for row in page.rows if row.kind is ChangeKind.WARRANTY]

    def trail(self) -> list[dict[str, object]]:
        with tenant_scope([self.tenant]):
            found = Entry.objects.filter(subject=f"device:{self.uid}").order_by("id")
            return [entry.details for entry in found]


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


LINE = {
    "name": "Our contract",
    "service_level": "Next day",
    "number": "C-1",
    "starts_on": TODAY.isoformat(),
    "ends_on": END.isoformat(),
}


def test_entering_changing_and_releasing_tell_before_and_after(desk: Desk) -> None:
    desk.enter(FIRST)
    desk.enter(replace(FIRST, ends_on=None, number="C-2"))
    desk.release()
    released, changed, entered = desk.history()
    assert entered.fields == {name: (None, value) for name, value in LINE.items()}
    assert changed.fields == {
        "number": ("C-1", "C-2"),
        "ends_on": (END.isoformat(), None),
        "is_rolling": (None, True),
    }
    last = LINE | {"number": "C-2", "is_rolling": True}
    del last["ends_on"]
    assert released.fields == {name: (value, None) for name, value in last.items()}
    for row in (released, changed, entered):
        assert (row.actor, row.on_behalf) == (desk.actor.name, "boss@acme.example")
        assert row.request_id == "r-1"


def test_the_trail_has_the_line_that_went(desk: Desk) -> None:
    desk.enter(FIRST)
    desk.enter(replace(FIRST, name="Another"))
    desk.release()
    first, second, third = desk.trail()
    assert first["before"] == {}
    assert second["before"] == first["after"]
    assert (third["before"], set(third["after"].values())) == (second["after"], {None})
    assert {name: first["after"][name] for name in LINE} == LINE


def test_the_same_once_more_and_nothing_to_release_tell_nothing(desk: Desk) -> None:
    desk.release()
    desk.enter(FIRST)
    desk.enter(FIRST)
    assert len(desk.history()) == 1
    # The trail tells that somebody did it.
    assert len(desk.trail()) == 2


def test_who_may_not_enters_nothing(desk: Desk, cast: Cast) -> None:
    desk.actor = actor_of(cast.reader)
    with pytest.raises(Forbidden):
        desk.enter(FIRST)
    assert desk.history() == []


def entered(tenant: int, uid: uuid.UUID, actor: Actor) -> None:
    enter_warranty(actor=actor, tenant=tenant, device_uid=str(uid), warranty=FIRST, now=utc_now())


def test_whoever_has_entered_one_has_changed_the_device_as_an_undo_sees_it(cast: Cast) -> None:
    lists = Lists(cast)
    found = lists.load(row_of("NEW0001"), row_of("NEW0002"))
    entered(lists.tenant, lists.uid_of("NEW0001"), lists.actor)
    assert lists.codes(lists.undo_list(found)) == {"NEW0001": "CHANGED_SINCE", "NEW0002": "REMOVED"}
