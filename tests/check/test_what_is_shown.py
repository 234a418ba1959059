"""What a person gets from `fleetward check`: whole rows in the file, tables, progress, French."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from python_calamine import load_workbook

from fleetward.cli.check_line import HEADERS
from tests.check.command import Row, Site, device_list, site
from tests.simulators import held

__all__ = ["site"]

FRENCH = Path(__file__).parent / "data" / "tables_fr.txt"
LIST: list[Row] = [
    ("SN00003", "Dell Inc."),
    ("SN00004", "LENOVO"),
    (" sn00003 ", "Dell"),
    ("None", "dell"),
    ("X1", "Acme"),
]
# As the simulators answer in March 2026.
DELL = {
    "serial": "SN00003",
    "manufacturer": "Dell",
    "product_number": "",
    "model": "OptiPlex 7010",
    "status": "EXPIRING",
    "covered": True,
    "reason": None,
    "reason_text": None,
    "coverage_start": "2022-08-06",
    "coverage_end": "2026-08-05",
    "open_ended": False,
    "simulated": True,
    "entitlements": [
        {
            "source": "dell",
            "code": "ND",
            "name": "Next Business Day Support",
            "kind": "BASE",
            "service_level": "NBD",
            "number": "790-ND75",
            "start": "2022-08-06",
            "end": "2026-08-05",
            "use": "COUNTS",
        },
        {
            "source": "dell",
            "code": "DL",
            "name": "Dell Data Protection License",
            "kind": "EXTENSION",
            "service_level": "",
            "number": "791-DL76",
            "start": "2022-08-06",
            "end": "2028-04-05",
            "use": "NOT_COVER",
        },
    ],
}
DELL_CELLS = [
    *("SN00003", "Dell", "", "OptiPlex 7010", "EXPIRING", "yes", "", "", "2022-08-06"),
    *("2026-08-05", "no", "yes"),
    "2022-08-06/2026-08-05 Next Business Day Support [ND]; "
    "2022-08-06/2028-04-05 Dell Data Protection License [DL] (does not count: NOT_COVER)",
]
LENOVO_CELLS = [
    *("3", "SN00004", "Lenovo", "", "30E0004FGE", "IN", "yes", "", "", "2023-10-02"),
    *("2026-10-01", "no", "yes"),
    "2023-10-02/2026-10-01 3 Year Onsite Next Business Day [5WS]; "
    "2023-10-02/2028-09-01 Premium Care trial [TRL] (does not count: NOT_COVER)",
]
JUNK = (
    "The serial number is a placeholder that the firmware shows on many devices. "
    "Replace it with the serial number from the label of the device."
)
FIX = "Check the manufacturer, or enter the warranty by hand."
FOREIGN = f"No service is known that answers for this manufacturer. {FIX}"
CELLS = [
    ["2", *DELL_CELLS],
    LENOVO_CELLS,
    ["4", *DELL_CELLS],
    [*("5", "NONE", "Dell", "", "", "UNKNOWN", "", "JUNK_SERIAL", JUNK), *("", "", "no", "no", "")],
    [
        *("6", "X1", "Acme", "", "", "UNKNOWN", "", "VENDOR_NOT_SUPPORTED", FOREIGN),
        *("", "", "no", "no", ""),
    ],
]


def checked(site: Site, name: str, *more: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The file that is made of the list, and what was printed."""
    out = site.folder / name
    file = device_list(site.folder, LIST)
    options = ("--credentials", site.credentials(), "--as-of", "2026-03-03", "-o", out)
    return out, site.run(file, *options, *more, COLUMNS="160")


def test_a_csv_file_has_a_whole_row_for_each_line(site: Site) -> None:
    out, done = checked(site, "out.csv")
    with out.open(encoding="utf-8-sig", newline="") as table:
        assert list(csv.reader(table)) == [list(HEADERS), *CELLS]
    assert f"5 lines written to {out}." in " ".join(done.stderr.split())


def test_a_workbook_has_the_same_rows(site: Site) -> None:
    out, _done = checked(site, "out.xlsx")
    assert load_workbook(out).get_sheet_by_index(0).to_python() == [list(HEADERS), *CELLS]


def test_json_has_an_object_for_each_line(site: Site) -> None:
    out, _done = checked(site, "out.json")
    lines = json.loads(out.read_text(encoding="utf-8"))
    assert [line["row"] for line in lines] == [2, 3, 4, 5, 6]
    assert lines[0] == {"row": 2, **DELL}
    assert lines[2] == {"row": 4, **DELL}
    assert lines[4] == {
        "row": 6,
        "serial": "X1",
        "manufacturer": "Acme",
        "product_number": "",
        "model": "",
        "status": "UNKNOWN",
        "covered": None,
        "reason": "VENDOR_NOT_SUPPORTED",
        "reason_text": FOREIGN,
        "coverage_start": None,
        "coverage_end": None,
        "open_ended": False,
        "simulated": False,
        "entitlements": [],
    }


def table_rows(printed: str) -> list[list[str]]:
    """The rows of the tables, and the lines between them as rows of one cell."""
    rows = [re.split("[│┃]", line) for line in printed.splitlines()]
    cells = [[" ".join(cell.split()) for cell in (row[1:-1] or row)] for row in rows]
    return [row for row in cells if len(row) > 1 or re.search(r"\w", row[0])]


def test_the_tables_count_by_manufacturer_and_by_reason(site: Site) -> None:
    _out, done = checked(site, "out.csv")
    assert table_rows(done.stdout) == [
        ["Coverage"],
        [
            *("Manufacturer", "Lines", "In warranty", "Expiring", "Out of warranty", "Unknown"),
            "Covered that day",
        ],
        ["Dell", "3", "0", "2", "0", "1", "2"],
        ["Lenovo", "1", "1", "0", "0", "0", "1"],
        ["Acme", "1", "0", "0", "0", "1", "0"],
        ["Total", "5", "1", "2", "0", "2", "3"],
        ["3 of 5 lines are in warranty, 60 %."],
        ["Why devices are Unknown"],
        ["Reason", "Lines", "What to do"],
        [
            "Placeholder serial number",
            "1",
            "Replace it with the serial number from the label of the device.",
        ],
        ["Vendor not supported", "1", "Check the manufacturer, or enter the warranty by hand."],
        ["SIMULATED: 3 of 5 lines were answered by a simulator, not a vendor."],
    ]


def test_the_reasons_are_those_of_the_file(site: Site) -> None:
    file, out = site.folder / "damaged.csv", site.folder / "out.csv"
    rows = [("1.23E+11", "Dell"), ("1.5E5", "HP"), ("#N/A", "Dell"), ("None", "Dell"), ("X1", "")]
    rows += [("", ""), ("X2", "Acme")]
    device_list(site.folder, rows).rename(file)
    done = site.run(file, "--credentials", site.credentials(), "-o", out, COLUMNS="160")
    shown = table_rows(done.stdout)
    reasons = shown[shown.index(["Why devices are Unknown"]) + 2 :]
    relabel = "Replace it with the serial number from the label of the device."
    assert reasons == [
        ["A spreadsheet turned the serial number into a number.", "2", relabel],
        ["A spreadsheet shows an error instead of the serial number.", "1", relabel],
        ["Placeholder serial number", "1", relabel],
        ["The line names no manufacturer.", "1", FIX],
        ["Vendor not supported", "1", FIX],
    ]
    with out.open(encoding="utf-8-sig", newline="") as table:
        texts = [line["reason_text"] for line in csv.DictReader(table)]
    told = [f"{remark} {fix}" for remark, _count, fix in reasons]
    assert [*texts[:3], texts[4]] == [told[0], told[0], told[1], told[3]]


def test_everything_that_is_said_is_said_in_french(site: Site) -> None:
    out, done = checked(site, "out.csv", "--lang", "fr")
    said = [" | ".join(row) for row in table_rows(done.stdout)]
    assert said == FRENCH.read_text(encoding="utf-8").splitlines()
    assert done.stderr.startswith(f"Lignes écrites dans {site.folder}")
    with out.open(encoding="utf-8-sig", newline="") as table:
        first, *_others, last = csv.DictReader(table)
    assert "(non retenu\N{NO-BREAK SPACE}: NOT_COVER)" in first["entitlements"]
    assert last["reason_text"].startswith("Aucun service connu ne répond pour ce fabricant. ")


def test_what_is_wrong_with_the_list_is_said_in_french(site: Site) -> None:
    file = device_list(site.folder, [("PC1", "Dell")], ("Name", "Manufacturer"))
    done = site.run(file, "--simulate", "--lang", "fr")
    assert done.returncode == 3
    assert done.stderr.startswith("Erreur")
    assert "[check_column_missing]" in done.stderr


@dataclass
class Terminal:
    """A terminal that a command writes to, and what it has written there."""

    reader: int
    said: str = ""

    def read_until(self, *patterns: str) -> None:
        while not all(re.search(one, self.said) for one in patterns):
            is_ready, _, _ = select.select([self.reader], [], [], 60)
            assert is_ready, self.said
            try:
                self.said += os.read(self.reader, 65_536).decode()
            except OSError:
                pytest.fail(f"It ended after {self.said}")


@contextmanager
def on_a_terminal(site: Site, *arguments: object) -> Iterator[Terminal]:
    """The command while the block runs, and to its end."""
    reader, writer = pty.openpty()
    process = site.start(*arguments, stderr=writer, NO_COLOR="1", TERM="xterm", COLUMNS="120")
    os.close(writer)
    try:
        yield Terminal(reader)
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
        os.close(reader)


def bar(vendor: str, done: int) -> str:
    """How a bar looks of which the end is reached at 30."""
    return rf"{vendor}[^\r\n]* {done}/30"


def test_a_bar_for_each_vendor_shows_how_far_it_is(site: Site) -> None:
    rows = [(f"SN{n:05d}", maker) for n in range(30) for maker in ("Dell", "Lenovo")]
    arguments = (device_list(site.folder, rows), "--credentials", site.credentials())
    with held(site.simulators, "lenovo"), on_a_terminal(site, *arguments) as terminal:
        terminal.read_until(bar("Dell TechDirect", 30), bar("Lenovo Support API", 0))
        assert not re.search(bar("Lenovo Support API", 30), terminal.said)
        site.simulators.dial("lenovo", hold=False)
        terminal.read_until(bar("Lenovo Support API", 30))


def test_no_bar_is_drawn_where_nobody_watches(site: Site) -> None:
    _out, done = checked(site, "out.csv")
    assert "TechDirect" not in done.stdout + done.stderr
