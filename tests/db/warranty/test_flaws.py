"""Gaps and doubles from what is stored: whose they are, and who may read and export them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import BadCursor
from fleetward.warranty.actions.answers import store_answers
from fleetward.warranty.actions.exporting import FlawListing, export_devices
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
    FlawFilter,
    FlawKind,
    FlawRow,
)
from fleetward.warranty.queries import flaws
from fleetward.warranty.queries.flaws import count_flaws, list_flaws, quarter_of
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
AHEAD = FlawFilter()


def line(first: int, latest: int, **fields: object) -> Entitlement:
    known: dict[str, object] = {"source": "dell", "code": "ND", "name": "Next day"}
    days = {"starts_on": TODAY + first * DAY, "ends_on": TODAY + latest * DAY}
    kind = {"kind": EntitlementKind.EXTENSION}
    return Entitlement(**(known | kind | days | fields))  # type: ignore[arg-type]


def answer(tenant: int, device: int, *lines: Entitlement, is_simulated: bool = False) -> None:
    """As a vendor's answer is stored."""
    told = Answer(DeviceKey("X"), AnswerKind.FOUND, entitlements=lines)
    with tenant_scope([tenant]):
        store_answers(tenant=tenant, source="dell", answers=[(device, told, is_simulated)], now=NOW)


def with_gap(tenant: int, **fields: object) -> int:
    (device,) = add_devices(tenant, 1, **fields)
    answer(tenant, device, line(-300, 10), line(31, 300, number="7"))
    return device


def listed(cast: Cast, only: FlawFilter = AHEAD) -> list[FlawRow]:
    page = list_flaws(
        actor=actor_of(cast.reader), tenant=cast.acme.id, only=only, today=TODAY, limit=100
    )
    return list(page.rows)


def export(cast: Cast, out: io.BytesIO) -> int:
    return export_devices(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        listing=FlawListing(AHEAD, ["Name"], lambda row: [row.name], TODAY),
        out=out,
        now=NOW,
    )


def test_a_gap_tells_its_days_and_what_ends_it(cast: Cast) -> None:
    with_gap(cast.acme.id, model="Latitude 5440")
    (row,) = listed(cast)
    assert (row.model, row.kind, row.days) == ("Latitude 5440", FlawKind.GAP_AHEAD, 20)
    assert (row.starts_on, row.ends_on) == (TODAY + 11 * DAY, TODAY + 30 * DAY)
    assert [(one.name, one.number) for one in row.lines] == [("Next day", "7")]


def test_an_answer_that_closes_the_gap_takes_it_away(cast: Cast) -> None:
    device = with_gap(cast.acme.id)
    answer(cast.acme.id, device, line(-300, 30), line(31, 300))
    assert listed(cast) == []
    answer(cast.acme.id, device, line(-300, 29), line(31, 300))
    assert [row.days for row in listed(cast)] == [1]


def test_deleted_devices_and_those_of_others_have_none(cast: Cast) -> None:
    gone = with_gap(cast.acme.id)
    with_gap(cast.other.id)
    with tenant_scope([cast.acme.id]):
        Device.objects.filter(id=gone).update(is_active=False)
    assert listed(cast) == []
    summary = count_flaws(actor=actor_of(cast.reader), tenant=cast.acme.id, today=TODAY)
    assert summary.flaws == 0


def test_w20_what_a_simulator_told_is_marked(cast: Cast) -> None:
    (device,) = add_devices(cast.acme.id, 1)
    lines = [line(-300, 10), line(31, 300), line(31, 200)]
    answer(cast.acme.id, device, *lines, is_simulated=True)
    found = listed(cast) + listed(cast, FlawFilter(FlawKind.DOUBLE))
    assert [row.is_simulated for row in found] == [True, True]
    assert count_flaws(actor=actor_of(cast.reader), tenant=cast.acme.id, today=TODAY).is_simulated


def test_a_file_has_all_of_them_however_many_are_read_at_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        with_gap(cast.acme.id)
    files = []
    for at_once in (100, 4, 3, 1):
        monkeypatch.setattr(flaws, "AT_ONCE", at_once)
        out = io.BytesIO()
        assert export(cast, out) == 4
        files.append(out.getvalue().decode("utf-8-sig").splitlines())
    assert files == [["Name", *(row.name for row in listed(cast))]] * 4


def test_outsiders_find_nothing(cast: Cast) -> None:
    outsider, tenant = actor_of(cast.outsider), cast.acme.id
    for ask in (
        lambda: list_flaws(actor=outsider, tenant=tenant, only=AHEAD, today=TODAY),
        lambda: count_flaws(actor=outsider, tenant=tenant, today=TODAY),
    ):
        with pytest.raises(NotFound):
            ask()
    cast = replace(cast, admin=cast.outsider)
    with pytest.raises(NotFound):
        export(cast, io.BytesIO())


def test_a_mark_of_another_list_is_refused(cast: Cast) -> None:
    with pytest.raises(BadCursor):
        list_flaws(
            actor=actor_of(cast.reader), tenant=cast.acme.id, only=AHEAD, today=TODAY, cursor="x"
        )


def test_a_quarter_is_known_by_its_first_day() -> None:
    found = quarter_of(TODAY, date(2027, 1, 1))
    assert found == FlawFilter(FlawKind.GAP_AHEAD, date(2027, 1, 1), date(2027, 3, 31))
    assert quarter_of(TODAY, date(2027, 1, 2)) is None
    assert quarter_of(TODAY, None) is None
