"""Storing answers and what follows from written devices (W8, W9, W13, W17-W20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.forms.models import model_to_dict

from fleetward.devices.actions import effects
from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.errors import Forbidden
from fleetward.warranty.actions import not_cover
from fleetward.warranty.actions.answers import store_answers
from fleetward.warranty.actions.manual import enter_warranty, release_warranty
from fleetward.warranty.actions.not_cover import change_not_cover, follow_not_cover
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    BadNotCover,
    DeviceKey,
    EndsBeforeStart,
    Entitlement,
    EntitlementKind,
    ManualWarranty,
    NameMissing,
    NotCover,
    Reason,
)
from fleetward.warranty.models import Coverage, Evidence
from fleetward.warranty.models import Entitlement as Line
from tests.cast import NOW, TODAY, actor_of, add_devices, make_cast, make_tenant
from tests.invariants import coverage_is_what_the_entitlements_amount_to, the_tally_is_a_recount

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
END = TODAY + timedelta(days=400)


def line(ends_on: date | None = END, code: str = "ND", **fields: Any) -> Entitlement:
    made = Entitlement("dell", code, f"Cover {code}", EntitlementKind.BASE, TODAY, ends_on)
    return replace(made, **fields)


def found(*lines: Entitlement, payload: bytes = b'{"a":1}') -> Answer:
    key = DeviceKey("X")
    return Answer(key, AnswerKind.FOUND, None, lines, ships_on=TODAY, payload=payload)


NOT_FOUND = Answer(DeviceKey("X"), AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR)
REFUSED = Answer(DeviceKey("X"), AnswerKind.REFUSED, Reason.ANSWER_UNREADABLE)


@dataclass(frozen=True)
class Place:
    actor: Actor
    tenant: int
    device: int

    @property
    def uid(self) -> str:
        with tenant_scope([self.tenant]):
            return str(Device.objects.get(id=self.device).uid)

    def store(self, answer: Answer, *, is_simulated: bool = False, now: datetime = NOW) -> None:
        with tenant_scope([self.tenant]):
            store_answers(
                tenant=self.tenant,
                source="dell",
                answers=[(self.device, answer, is_simulated)],
                now=now,
            )
        self.check()

    def check(self) -> None:
        with tenant_scope([self.tenant]):
            coverage_is_what_the_entitlements_amount_to(self.tenant)
            the_tally_is_a_recount(self.tenant)

    def coverage(self) -> Coverage:
        with tenant_scope([self.tenant]):
            return Coverage.objects.get(device_id=self.device)

    def lines(self) -> list[tuple[str, date | None]]:
        with tenant_scope([self.tenant]):
            return list(Line.objects.order_by("id").values_list("code", "ends_on"))

    def write(self, change: str, **fields: object) -> None:
        """Change the device as `devices` does."""
        with tenant_scope([self.tenant]):
            Device.objects.filter(id=self.device).update(**fields)
            effects.prepare()
            sql.fetch_text(
                "INSERT INTO devices_written VALUES (%s, %s) RETURNING 1", [self.device, change]
            )
            effects.apply_effects(tenant=self.tenant)

    def enter(self, **fields: Any) -> None:
        warranty = replace(ManualWarranty("Our contract", TODAY, END), **fields)
        enter_warranty(
            actor=self.actor, tenant=self.tenant, device_uid=self.uid, warranty=warranty, now=NOW
        )
        self.check()

    def release(self) -> None:
        release_warranty(actor=self.actor, tenant=self.tenant, device_uid=self.uid, now=NOW)
        self.check()


@pytest.fixture
def place() -> Place:
    cast = make_cast()
    add_devices(cast.acme.id, 3)
    return Place(actor_of(cast.admin), cast.acme.id, add_devices(cast.acme.id, 1)[0])


@pytest.mark.parametrize(
    ("maker", "model", "reason"),
    [
        ("HP", "ProLiant DL380 Gen10", Reason.WRONG_COMPANY),
        ("HP", "EliteBook 840", Reason.NOT_FOUND_AT_VENDOR),
        ("HP", "", Reason.NOT_FOUND_AT_VENDOR),
        ("Dell", "ProLiant DL380 Gen10", Reason.NOT_FOUND_AT_VENDOR),
    ],
)
def test_w11_a_server_that_hp_does_not_know_is_the_other_companys(
    place: Place, maker: str, model: str, reason: Reason
) -> None:
    with tenant_scope([place.tenant]):
        Device.objects.filter(id=place.device).update(manufacturer=maker, model=model)
    place.store(NOT_FOUND)
    assert (place.coverage().reason, place.coverage().checked_at) == (reason, NOW)


def test_w8_all_lines_are_kept_and_the_latest_end_decides(place: Place) -> None:
    place.store(found(line(END), line(END - timedelta(days=90), "PS"), line(END, "ND")))
    assert len(place.lines()) == 3
    assert (place.coverage().ends_on, place.coverage().checked_at) == (END, NOW)


def test_w9_lines_that_are_no_cover_are_kept_and_do_not_count(place: Place) -> None:
    place.store(found(line(END, "D")))
    assert (place.coverage().ends_on, place.coverage().reason) == (None, "NO_COVER_LISTED")
    assert len(place.lines()) == 1


def test_a_changed_answer_replaces_its_lines_and_is_kept_as_evidence(place: Place) -> None:
    place.store(found(line(END)))
    place.store(found(line(END + timedelta(days=1)), payload=b'{"a":2}'), now=LATER)
    assert place.lines() == [("ND", END + timedelta(days=1))]
    with tenant_scope([place.tenant]):
        assert Evidence.objects.count() == 2


def test_w18_an_unchanged_answer_only_moves_when_it_was_seen(place: Place) -> None:
    place.store(found(line()))
    place.store(found(line()), now=LATER)
    with tenant_scope([place.tenant]):
        evidence = Evidence.objects.get()
    assert (evidence.fetched_at, evidence.seen_at) == (NOW, LATER)


@pytest.mark.parametrize("failure", [NOT_FOUND, REFUSED])
def test_w13_a_failure_keeps_the_earlier_answer_and_tells_itself(
    place: Place, failure: Answer
) -> None:
    place.store(found(line()))
    place.store(failure, now=LATER)
    after = place.coverage()
    assert (after.ends_on, after.checked_at) == (END, NOW)
    assert (after.latest_error, after.attempted_at) == (failure.reason, LATER)


def test_w11_a_first_failure_is_the_reason(place: Place) -> None:
    place.store(REFUSED)
    assert (place.coverage().reason, place.coverage().checked_at) == (REFUSED.reason, None)
    place.store(NOT_FOUND)
    assert (place.coverage().reason, place.coverage().checked_at) == (NOT_FOUND.reason, NOW)
    place.store(REFUSED, now=LATER)
    assert (place.coverage().reason, place.coverage().latest_error) == (
        NOT_FOUND.reason,
        REFUSED.reason,
    )


def test_w17_a_hand_entered_warranty_wins_until_it_is_released(place: Place) -> None:
    place.store(found(line(END)))
    place.enter(ends_on=TODAY)
    assert (place.coverage().ends_on, place.coverage().source) == (TODAY, "manual")
    place.store(found(line(END + timedelta(days=9))), now=LATER)
    assert place.coverage().ends_on == TODAY
    place.release()
    assert place.coverage().ends_on == END + timedelta(days=9)


def test_w17_released_without_an_answer_the_device_says_again_why(place: Place) -> None:
    before = place.coverage().reason
    place.enter(ends_on=None)
    assert place.coverage().ends_on == date(9999, 12, 31)
    place.release()
    assert place.coverage().reason == before


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [({"name": " "}, NameMissing), ({"ends_on": TODAY - timedelta(days=1)}, EndsBeforeStart)],
)
def test_a_hand_entered_warranty_that_makes_no_sense_is_refused(
    place: Place, fields: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        place.enter(**fields)


def test_w17_another_identity_invalidates_the_answer_at_once(place: Place) -> None:
    place.store(found(line()))
    place.write("IDENTITY", serial="OTHER", manufacturer="Lenovo")
    after = place.coverage()
    assert (after.ends_on, after.reason, after.manufacturer) == (None, "NOT_CONFIGURED", "Lenovo")
    assert (after.checked_at, place.lines()) == (None, [])
    place.check()


def test_w17_another_identity_keeps_what_was_entered_by_hand(place: Place) -> None:
    place.enter()
    place.write("IDENTITY", serial="OTHER")
    assert place.coverage().ends_on == END
    place.check()


def test_w13_a_virtual_machine_keeps_what_was_said_of_it(place: Place) -> None:
    place.store(found(line()))
    place.write("QUESTION", is_virtual=True)
    marked = place.coverage()
    assert (marked.ends_on, marked.latest_error) == (END, "VIRTUAL_MACHINE")
    place.check()
    place.write("QUESTION", is_virtual=False)
    back = place.coverage()
    assert (back.ends_on, back.latest_error, back.is_due) == (END, "", True)
    assert place.lines() == [("ND", END)]
    place.store(found(line()))
    assert not place.coverage().is_due


def test_w11_a_machine_that_nobody_was_asked_about_says_whether_it_is_virtual(
    place: Place,
) -> None:
    reasons = []
    for mark in (True, False):
        place.write("QUESTION", is_virtual=mark)
        reasons.append((place.coverage().reason, place.coverage().unknown_reason))
        place.check()
    assert reasons == [("VIRTUAL_MACHINE",) * 2, ("NOT_CONFIGURED",) * 2]


def test_w13_another_country_leaves_a_failure_and_a_refusal_as_they_are(place: Place) -> None:
    place.store(NOT_FOUND)
    before = place.coverage()
    place.write("QUESTION", country="FR")
    after = place.coverage()
    assert model_to_dict(after) == model_to_dict(before)


def test_a_device_that_goes_and_comes_back_has_its_lines_again(place: Place) -> None:
    place.store(found(line()))
    place.write("GONE", is_active=False)
    with tenant_scope([place.tenant]):
        assert not Coverage.objects.filter(device_id=place.device).exists()
    place.write("NEW", is_active=True)
    assert place.coverage().ends_on == END
    place.check()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"is_virtual": True}, "VIRTUAL_MACHINE"),
        ({"serial": ""}, "NO_SERIAL"),
        ({"manufacturer": "Acer"}, "VENDOR_NOT_SUPPORTED"),
        ({}, "NOT_CONFIGURED"),
    ],
)
def test_w11_a_new_device_says_why_nothing_is_known(
    place: Place, fields: dict[str, object], reason: str
) -> None:
    place.write("IDENTITY", **fields)
    assert place.coverage().reason == reason


def operator() -> Actor:
    return Actor(ActorKind.SYSTEM, "operator", is_operator=True)


def edit(entries: Sequence[NotCover], tenant: int) -> int:
    change_not_cover(actor=operator(), entries=entries, now=NOW)
    return follow_not_cover(tenant=tenant, now=NOW)


def test_w9_an_edited_list_is_followed_by_what_is_stored(place: Place) -> None:
    place.store(found(line(END, "ND"), line(TODAY, "PS")))
    assert edit([NotCover("dell", "nd")], place.tenant) == 1
    place.check()
    assert place.coverage().ends_on == TODAY
    assert edit([], place.tenant) == 1
    assert place.coverage().ends_on == END
    assert follow_not_cover(tenant=place.tenant, now=NOW) == 0


def test_w9_a_list_is_followed_slice_by_slice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(not_cover, "SLICE", 2)
    devices = add_devices(place.tenant, 6)
    with tenant_scope([place.tenant]):
        answers = [(device, found(line(END, "ND")), False) for device in devices[1::2]]
        store_answers(tenant=place.tenant, source="dell", answers=answers, now=NOW)
    assert edit([NotCover("dell", "nd")], place.tenant) == 3
    place.check()
    with tenant_scope([place.tenant]):
        assert not Coverage.objects.filter(ends_on__isnull=False).exists()


def test_w9_the_list_is_the_operators(place: Place) -> None:
    with pytest.raises(Forbidden):
        change_not_cover(actor=place.actor, entries=[], now=NOW)


def test_w9_an_entry_that_would_match_everything_is_refused() -> None:
    with pytest.raises(BadNotCover):
        change_not_cover(actor=operator(), entries=[NotCover("dell")], now=NOW)


def test_a_line_cannot_name_a_device_of_another_tenant(place: Place) -> None:
    other = make_tenant("Globex").id
    foreign = add_devices(other, 1)[0]
    # Both tenants are in scope, so that row-level security alone would let it pass.
    with tenant_scope([place.tenant, other]), pytest.raises(IntegrityError, match="another tenant"):
        Line.objects.create(
            tenant_id=place.tenant,
            device_id=foreign,
            source="dell",
            line_key="x",
            kind="BASE",
            recorded_at=NOW,
        )
