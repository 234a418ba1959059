"""Two lists one after the other, of few serials, so that everything collides: the statements and
`resolve` do what a plain Python model of E12 and T10 does, and outcomes = rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleetward.devices.imports import staging
from fleetward.devices.imports.actions import child, lanes
from fleetward.devices.rules import Maker, Meant, agreed_maker, meant, normalise_manufacturer
from fleetward.infra.files.limits import Limits
from fleetward.infra.files.reading import Reading
from fleetward.infra.files.table import read_table
from tests.cast import make_tenant
from tests.db.imports.lists import csv_of, imported, stored, words, worker

pytestmark = pytest.mark.django_db
Row = tuple[str, str, str, str, str]
Identity = tuple[str, str, str]
Stored = dict[Identity, tuple[str, str]]
HEADERS = ("Serial number", "Manufacturer", "Product number", "Device name", "Model")

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["AAA1111", "BBB2222", "none"]),
        st.sampled_from(["HP", "HPE", "Dell"]),
        st.sampled_from(["", "P1", "P2"]),
        st.sampled_from(["", "PC-1", "PC-2"]),
        st.sampled_from(["", "EliteBook 840", "ProLiant DL360 Gen10"]),
    ),
    min_size=1,
    max_size=9,
)


def makers(rows: Sequence[Row]) -> list[tuple[str, bool]]:
    """The manufacturer of each row, and whether the list leaves HP or HPE to the stored devices."""
    own = [
        (serial, normalise_manufacturer(maker, model), model) for serial, maker, *_, model in rows
    ]
    named = {
        serial: {m for s, m, model in own if s == serial and (m != "HP" or model)}
        for serial, *_ in own
    }
    found = []
    for serial, maker, model in own:
        both = {"HP", "HPE"} <= named[serial]
        is_open = maker == "HP" and not model
        takes = is_open and "HPE" in named[serial] and not both
        found.append(("HPE" if takes else maker, not both))
    return found


def resolved(rows: Sequence[Row]) -> tuple[list[str], list[bool], list[Identity]]:
    """Refusals, `may_fill` and identities of the rows among themselves."""
    rows = [(r[0], maker, *r[2:]) for r, (maker, _) in zip(rows, makers(rows), strict=True)]
    known = {
        (maker, serial): {r[2] for r in rows if r[2] and (r[1], r[0]) == (maker, serial)}
        for serial, maker, *_ in rows
    }
    refusals, identities = [], []
    for serial, maker, number, *_ in rows:
        numbers = known[maker, serial]
        meant = next(iter(numbers)) if not number and len(numbers) == 1 else number
        identities.append((maker, serial, meant))
        is_open = not number and len(numbers) > 1
        refusals.append("JUNK_SERIAL" if serial == "none" else "AMBIGUOUS_SERIAL" * is_open)
    for place, identity in enumerate(identities):
        later = zip(identities[place + 1 :], refusals[place + 1 :], strict=True)
        if not refusals[place] and (identity, "") in list(later):
            refusals[place] = "DUPLICATE_ROW"
    return refusals, [len(known[m, s]) == 1 for m, s, _ in identities], identities


def same_machine(before: Stored, identity: Identity, model: str, is_open: bool) -> Meant[Identity]:
    """Stored devices of its serial and of its manufacturer, as the rule says."""
    stored = {d: Maker(d[0], before[d][1]) for d in before if d[1] == identity[1]}
    found = meant(Maker(identity[0], model), stored)
    return found if is_open else Meant(found.own, [])


def expected(devices: Stored, rows: Sequence[Row]) -> list[str]:
    """The outcomes of a list; `devices` (identity -> name, model) becomes what is stored after."""
    before, ends = dict(devices), []
    for row, refusal, may_fill, identity, (_, is_open) in zip(
        rows, *resolved(rows), makers(rows), strict=True
    ):
        if refusal:
            ends.append(refusal)
            continue
        agreeing = same_machine(before, identity, row[4], is_open)
        same = agreeing.by_serial
        exact = agreeing.by_product_number if identity[2] else same
        found = next((d for d in exact if d[2] == identity[2]), None)
        if found is None and len(same) == 1 and (not identity[2] or (may_fill and not same[0][2])):
            found = same[0]
        if found is None and not identity[2] and same:
            ends.append("AMBIGUOUS_SERIAL")
            continue
        name, model = before[found] if found else ("", "")
        values = row[3] or name, row[4] or model
        if found is None:
            ends.append("NEW")
            devices[identity] = values
        else:
            maker = agreed_maker(identity[0], found[0])
            kept = (maker, identity[1], identity[2] or found[2])
            is_same = values == before[found] and kept == found
            ends.append("UNCHANGED" if is_same else "CHANGED")
            del devices[found]
            devices[kept] = values
    return ends


def read_here(path: Path, result: Path, *, limits: Limits) -> Reading:
    """Without a child process, which costs more than the rest of an example."""
    table = read_table(path, limits=limits)
    table.frame.write_ipc(result)
    return table.reading


@pytest.fixture
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "read_in_child", read_here)
    monkeypatch.setattr(child, "stage_in_child", staging.stage)
    monkeypatch.setattr(child, "batch_rows", lambda: 2)
    # One transaction around the test: another connection would see nothing of it.
    monkeypatch.setattr(lanes, "lane_count", lambda: 1)


@pytest.mark.usefixtures("_in_process")
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=ROWS, second=ROWS)
@example(
    # A device that an earlier batch of the list added must not change what a later row means.
    first=[("BBB2222", "HP", "P2", "", "")],
    second=[
        ("AAA1111", "HP", "", "", ""),
        ("BBB2222", "HP", "P1", "", ""),
        ("BBB2222", "HPE", "P2", "", ""),
    ],
)
def test_e12_two_lists_end_as_the_model_says(first: list[Row], second: list[Row]) -> None:
    tenant = make_tenant().id
    actor, devices = worker(tenant), Stored()
    for rows in (first, second):
        found = imported(actor, tenant, csv_of(rows, HEADERS))
        assert words(actor, tenant, found) == expected(devices, rows)
        assert found.summary.counts.rows == found.summary.rows == len(rows)
        assert {key: (d.name, d.model) for key, d in stored(tenant).items()} == devices
