"""W17: what people enter and what providers say of one device at the same time. Committed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from fleetward.devices.actions.entering import change_device
from fleetward.devices.actions.removing import delete_devices
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.errors import NotFound
from fleetward.warranty.actions.answers import store_answers
from fleetward.warranty.actions.manual import enter_warranty, release_warranty
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    ManualWarranty,
    Reason,
)
from fleetward.warranty.models import Coverage, IdentityMark
from fleetward.warranty.models import Entitlement as Line
from tests.cast import NOW, TODAY, add_devices, make_tenant
from tests.invariants import coverage_is_what_the_entitlements_amount_to, the_tally_is_a_recount
from tests.plugins.database import FreshDatabase
from tests.races import at_once, without_guard

END = TODAY + timedelta(days=400)
LATER_END = END + timedelta(days=9)
LATER = NOW + timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    actor: Actor
    tenant: int
    device: int
    uid: str

    def enter(self, name: str = "Our contract") -> None:
        enter_warranty(
            actor=self.actor,
            tenant=self.tenant,
            device_uid=self.uid,
            warranty=ManualWarranty(name, TODAY, TODAY),
            now=NOW,
        )

    def release(self) -> None:
        release_warranty(actor=self.actor, tenant=self.tenant, device_uid=self.uid, now=NOW)

    def store(self, ends_on: date = END, asked_at: datetime = NOW) -> None:
        line = Entitlement("dell", "ND", "Cover", EntitlementKind.BASE, TODAY, ends_on)
        self.hear(Answer(DeviceKey("X"), AnswerKind.FOUND, entitlements=(line,)), asked_at)

    def hear(self, answer: Answer, asked_at: datetime = NOW) -> None:
        with tenant_scope([self.tenant]):
            store_answers(
                tenant=self.tenant,
                source="dell",
                answers=[(self.device, answer, False)],
                asked={self.device: asked_at},
                now=asked_at,
            )

    def lines(self) -> list[date | None]:
        with tenant_scope([self.tenant]):
            return list(Line.objects.order_by("ends_on").values_list("ends_on", flat=True))

    def at_once(self, first: Callable[[], object], second: Callable[[], object]) -> None:
        at_once([self.tenant], first, second)

    def entered(self) -> list[str]:
        with tenant_scope([self.tenant]):
            return sorted(Line.objects.filter(source="manual").values_list("name", flat=True))

    def ends_on(self) -> date | None:
        with tenant_scope([self.tenant]):
            return Coverage.objects.get(device_id=self.device).ends_on

    def check(self) -> None:
        with tenant_scope([self.tenant]):
            coverage_is_what_the_entitlements_amount_to(self.tenant)
            the_tally_is_a_recount(self.tenant)


@pytest.fixture
def place(fresh_database: FreshDatabase) -> Place:
    tenant = make_tenant().id
    device = add_devices(tenant, 1)[0]
    with tenant_scope([tenant]):
        # As after the first run; whoever makes the mark is waited for by all others.
        IdentityMark.objects.create(tenant_id=tenant)
        uid = str(Device.objects.get(id=device).uid)
    return Place(system_actor("Tests", tenant), tenant, device, uid)


def test_w17_of_two_warranties_entered_at_once_the_last_one_stands(place: Place) -> None:
    place.at_once(lambda: place.enter("first"), lambda: place.enter("second"))
    assert place.entered() == ["second"]
    place.check()


def test_control_without_the_lock_both_stay(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    without_guard(monkeypatch, "lock_coverage")
    place.at_once(lambda: place.enter("first"), lambda: place.enter("second"))
    assert place.entered() == ["first", "second"]


def test_w17_a_release_waits_for_what_is_being_entered(place: Place) -> None:
    place.at_once(place.enter, place.release)
    assert place.entered() == []
    place.check()


def test_control_without_the_lock_a_release_finds_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "lock_coverage")
    place.at_once(place.enter, place.release)
    assert place.entered() == ["Our contract"]


def test_w17_what_is_entered_waits_for_a_release(place: Place) -> None:
    place.enter("before")
    place.at_once(place.release, place.enter)
    assert place.entered() == ["Our contract"]
    place.check()


def release_while_an_answer_is_stored(place: Place) -> None:
    place.store()
    place.enter()
    place.at_once(lambda: place.store(LATER_END), place.release)


def test_w17_released_while_an_answer_is_stored_the_answer_counts(place: Place) -> None:
    release_while_an_answer_is_stored(place)
    assert place.ends_on() == LATER_END
    place.check()


def test_control_without_the_lock_an_answer_that_is_gone_counts(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch, "lock_coverage")
    release_while_an_answer_is_stored(place)
    assert place.ends_on() == END


def test_w17_a_device_that_is_being_deleted_takes_no_warranty(place: Place) -> None:
    def delete() -> None:
        uids = [uuid.UUID(place.uid)]
        delete_devices(actor=place.actor, tenant=place.tenant, uids=uids, now=NOW)

    with pytest.raises(NotFound):
        place.at_once(delete, place.enter)
    assert place.entered() == []


def test_w17_a_warranty_entered_during_a_change_of_identity_counts(place: Place) -> None:
    def change() -> None:
        change_device(
            actor=place.actor,
            tenant=place.tenant,
            uid=uuid.UUID(place.uid),
            changes={"serial": "NEWTAG1"},
            now=NOW,
        )

    place.store()
    place.at_once(change, place.enter)
    assert place.ends_on() == TODAY
    place.check()


EARLIER, THEN = (END, NOW), (LATER_END, LATER)


@pytest.mark.parametrize("order", [(EARLIER, THEN), (THEN, EARLIER)])
def test_w13_of_answers_stored_at_once_the_later_asked_stands_whole(
    place: Place, order: tuple[tuple[date, datetime], ...]
) -> None:
    first, second = order
    place.at_once(lambda: place.store(*first), lambda: place.store(*second))
    assert place.lines() == [LATER_END]
    place.check()


@pytest.mark.parametrize("order", [(EARLIER, THEN), (THEN, EARLIER)])
def test_control_without_the_lock_answers_mix(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    order: tuple[tuple[date, datetime], ...],
) -> None:
    without_guard(monkeypatch, "lock_coverage")
    first, second = order
    place.at_once(lambda: place.store(*first), lambda: place.store(*second))
    assert place.lines() == [END, LATER_END]


EARLIER_ANSWERS = {
    "not found": Answer(DeviceKey("X"), AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR),
    "refused": Answer(DeviceKey("X"), AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE),
    "no cover": Answer(DeviceKey("X"), AnswerKind.FOUND, entitlements=()),
}


@pytest.mark.parametrize("name", EARLIER_ANSWERS)
def test_w13_what_was_asked_earlier_says_nothing_any_more(place: Place, name: str) -> None:
    place.store(END, LATER)
    place.hear(EARLIER_ANSWERS[name])
    with tenant_scope([place.tenant]):
        kept = Coverage.objects.get(device_id=place.device)
    assert (kept.ends_on, kept.latest_error, kept.attempted_at) == (END, "", LATER)


def test_w13_an_answer_counts_although_a_later_question_had_none(place: Place) -> None:
    place.hear(EARLIER_ANSWERS["refused"], LATER)
    place.store(END)
    assert place.ends_on() == END
