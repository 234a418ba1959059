"""Exports: exactly the list as shown, in the reader's words, safe for spreadsheets."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.warranty.actions.exporting import DeviceListing, export_devices
from fleetward.warranty.contracts import Status
from fleetward.warranty.queries import grid_plan
from fleetward.warranty.queries.export import CELLS, Sheet, Wording
from fleetward.warranty.queries.grid import list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter, Order, Sort
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices
from tests.db.devices.fleet import cover, make_fleet

pytestmark = pytest.mark.django_db
WORDING = Wording(
    statuses={status: f"<{status}>" for status in Status},
    reasons={"NOT_CHECKED": "Pas encore vérifié"},
    origins={"CSV": "List"},
    sources={"dell": "Dell TechDirect"},
    simulated="Simulated",
    yes="oui",
    no="non",
    no_end="no end",
    time_zone="Europe/Paris",
)
EVERYTHING = DeviceFilter()
ALL = tuple((key, key) for key in CELLS)


@pytest.fixture
def reader(cast: Cast) -> Actor:
    return actor_of(cast.reader)


def exported(
    cast: Cast, actor: Actor, only: DeviceFilter = EVERYTHING, order: Order = grid_plan.BY_END
) -> list[dict[str, str]]:
    out = io.BytesIO()
    rows = export_devices(
        actor=actor,
        tenant=cast.acme.id,
        listing=DeviceListing(only, Sheet(order, ALL, WORDING), TODAY, 180),
        out=out,
        now=NOW,
    )
    read = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    assert len(read) == rows
    return read


@pytest.mark.parametrize("few", [4_000, 5])
@pytest.mark.parametrize(
    "only",
    [
        DeviceFilter(),
        DeviceFilter(statuses=(Status.OUT, Status.UNKNOWN)),
        DeviceFilter(manufacturers=("HP",), is_simulated=False),
        DeviceFilter(text="itude"),
        DeviceFilter(is_active=False),
    ],
)
@pytest.mark.parametrize("order", [Order(), Order(Sort.END, True), Order(Sort.NAME)])
def test_the_file_is_the_grid(
    cast: Cast,
    reader: Actor,
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    only: DeviceFilter,
    order: Order,
) -> None:
    monkeypatch.setattr(grid_plan, "FEW", few)
    make_fleet(cast.acme.id, 40, inactive=6)
    make_fleet(cast.other.id, 5, seed=9)
    page = list_devices(
        actor=reader,
        tenant=cast.acme.id,
        only=only,
        today=TODAY,
        expiring_days=180,
        order=order,
        limit=1000,
    )
    rows = exported(cast, reader, only, order)
    assert [row["serial"] for row in rows] == [row.serial for row in page.rows]
    assert [row["status"] for row in rows] == [
        f"<{r.status}>" if r.status else "" for r in page.rows
    ]
    assert [row["simulated"] != "" for row in rows] == [r.is_simulated for r in page.rows]


def test_cells_are_told_in_the_readers_words(cast: Cast, reader: Actor) -> None:
    rolling, unchecked = add_devices(cast.acme.id, 2)
    cover(cast.acme.id, rolling, date.max, simulated=True)
    cover(cast.acme.id, unchecked)
    first, second = exported(cast, reader)
    assert (first["ends_on"], first["source"], first["origin"]) == (
        "no end",
        "Dell TechDirect",
        "List",
    )
    assert (first["simulated"], first["checked_at"]) == ("Simulated", "2026-11-22 13:00")
    assert (second["status"], second["reason"]) == ("<UNKNOWN>", "Pas encore vérifié")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "'=1", "a=1", 'say "hi", é'])
def test_no_cell_becomes_a_formula(cast: Cast, reader: Actor, name: str) -> None:
    (device,) = add_devices(cast.acme.id, 1)
    cover(cast.acme.id, device)
    with tenant_scope([cast.acme.id]):
        Device.objects.filter(id=device).update(name=name)
    shown = exported(cast, reader)[0]["name"]
    assert shown == (f"'{name}" if name[0] in "=+-@'" else name)


def test_an_export_is_on_the_record_without_the_words_searched_for(
    cast: Cast, reader: Actor
) -> None:
    exported(cast, reader, DeviceFilter(text="jane.doe", statuses=(Status.OUT,)))
    with tenant_scope([cast.acme.id]):
        entry = Entry.objects.get()
    assert entry.verb == "device.exported"
    assert entry.details["filter"] == {"statuses": ["OUT"]}
    assert "jane" not in str(entry.details)


def test_v1_an_outsider_exports_nothing(cast: Cast) -> None:
    with pytest.raises(NotFound):
        exported(cast, actor_of(cast.outsider))
