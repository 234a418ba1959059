"""`fleetward check` from end to end: real processes, real files, vendors over HTTP."""

from __future__ import annotations

import csv
import gzip
import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner
from python_calamine import load_workbook

from fleetward.cli.check import check
from fleetward.cli.check_line import HEADERS
from tests.check.command import SECRET, VENDORS, Row, Site, device_list, site
from tests.races import wait_until

__all__ = ["site"]

NO_VENDOR = {"VENDOR_NOT_SUPPORTED", "WRONG_COMPANY", "VIRTUAL_MACHINE", "NO_SERIAL", "JUNK_SERIAL"}


def mixed_rows() -> list[Row]:
    """500 lines of all kinds, shuffled the same way each time."""
    good = [(f"SN{n:05d}", ("Dell Inc.", "LENOVO", "HP")[n % 3]) for n in range(400)]
    junk = [("To be filled by O.E.M.", "Dell"), ("0", "HP"), ("1.23E+11", "Lenovo"), ("", "Dell")]
    foreign = [(f"X{n:05d}", maker) for n in range(10) for maker in ("Acme", "", "HPE", "Acer")]
    virtual = [("VMware-42 1a", "VMware, Inc.")] * 4
    rows = [*good, *junk * 10, *foreign, *virtual, *good[:16]]
    return [rows[n * 7 % 500] for n in range(500)]


def test_500_mixed_lines_give_500_lines_in_order(site: Site, tmp_path: Path) -> None:
    rows = mixed_rows()
    code, lines = site.check(device_list(tmp_path, rows))
    assert code == 1
    assert [line["row"] for line in lines] == list(range(2, 502))
    assert [line["serial"] for line in lines] == [serial.upper() for serial, _maker in rows]
    counts = Counter(line["reason"] for line in lines)
    assert {reason: counts[reason] for reason in NO_VENDOR} == {
        "VENDOR_NOT_SUPPORTED": 30,
        "WRONG_COMPANY": 10,
        "VIRTUAL_MACHINE": 4,
        "NO_SERIAL": 10,
        "JUNK_SERIAL": 30,
    }
    statuses = Counter(line["status"] for line in lines)
    assert min(statuses[status] for status in ("IN", "EXPIRING", "OUT")) > 0


def test_a_blank_line_has_a_line_that_says_so_and_is_no_device(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell"), ("", ""), ("SN00002", "Dell"), (" ", "")])
    with file.open("a", encoding="utf-8") as out:
        out.write("\n")
    code, lines = site.check(file)
    assert code == 0, "nobody could be asked about a blank line, so none lacks an answer"
    assert len(lines) == len(file.read_text(encoding="utf-8").splitlines()) - 1
    assert [(line["row"], line["serial"]) for line in lines] == [
        (2, "SN00001"),
        (3, None),
        (4, "SN00002"),
        (5, None),
        (6, None),
    ]
    blank = dict.fromkeys(HEADERS) | {"status": "BLANK", "reason_text": "The row is blank."}
    assert lines[1] == blank | {"row": 3, "entitlements": []}
    done = site.run(file, "--credentials", site.credentials(), "-o", tmp_path / "out.csv")
    assert "Blank rows, which nobody is asked about: 3." in done.stderr
    assert " of 2 lines are in warranty" in done.stdout
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [row["row"] for row in rows] == ["2", "3", "4", "5", "6"]
    assert {name for name, cell in rows[1].items() if cell} == {"row", "status", "reason_text"}


def test_a_line_break_inside_quotation_marks_begins_no_row(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    text = 'Serial Number,Manufacturer,Model\nSN00001,Dell,"A\nB"\n\nSN00002,Dell,'
    file.write_text(text, encoding="utf-8")
    _code, lines = site.check(file)
    assert [(line["row"], line["serial"]) for line in lines] == [
        (2, "SN00001"),
        (3, None),
        (4, "SN00002"),
    ]


def test_a_duplicate_line_gets_the_same_answer_and_is_asked_once(
    site: Site, tmp_path: Path
) -> None:
    site.simulators.dial("dell", count_serials=True)
    rows = [("SN00001", "Dell"), ("SN00002", "Dell"), (" sn00001 ", "DELL Inc.")]
    _code, lines = site.check(device_list(tmp_path, rows))
    assert {**lines[0], "row": 4} == lines[2]
    assert site.simulators.stats("dell")["serials"] == {"SN00001": 1, "SN00002": 1}


def test_w20_only_answers_of_a_simulator_are_marked(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell"), ("SN00001", "Acme")])
    _code, lines = site.check(file)
    assert [line["simulated"] for line in lines] == [True, False]


def test_w18_another_day_gives_another_status_of_the_same_cover(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell")])
    days = ("2020-01-01", "2026-03-03", "2060-01-01")
    early, within, late = (site.check(file, "--as-of", day)[1][0] for day in days)
    assert [line["status"] for line in (early, within, late)] == ["IN", "IN", "OUT"]
    # Of a day before the cover began the status says that its end is to come, and no more.
    assert [line["covered"] for line in (early, within, late)] == [False, True, False]
    assert early["entitlements"] == late["entitlements"]


def test_w10_the_days_of_expiring_can_be_chosen(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell")])
    _code, lines = site.check(file, "--as-of", "2020-01-01", "--expiring-days", 3650)
    assert lines[0]["status"] == "EXPIRING"


def test_a_manufacturer_can_be_given_for_all_lines(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001",)], header=("Numéro de série",))
    _code, lines = site.check(file, "--manufacturer", "dell inc")
    assert (lines[0]["manufacturer"], lines[0]["reason"]) == ("Dell", None)


def test_xlsx_and_gzip_are_read_like_csv(site: Site, tmp_path: Path) -> None:
    rows = [("SN00001", "Dell"), ("SN00002", "HP")]
    plain = device_list(tmp_path, rows)
    packed = tmp_path / "list.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    book = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([("Serial", "Manufacturer"), *rows]):
            sheet.write_row(number, 0, row)
    first, *others = (site.check(file)[1] for file in (plain, packed, book))
    assert others == [first, first]


def test_all_kinds_of_output_say_the_same(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell"), ("=1+1", "Acme"), ("", "HP")])
    _code, lines = site.check(file)
    for kind in ("csv", "xlsx"):
        out = tmp_path / f"out.{kind}"
        assert site.run(file, "--credentials", site.credentials(), "-o", out).returncode == 1
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as table:
        in_csv = list(csv.DictReader(table))
    header, *cells = load_workbook(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert tuple(header) == tuple(in_csv[0]) == HEADERS
    assert [row["serial"] for row in in_csv] == ["SN00001", "'=1+1", ""]
    assert [row[1] for row in cells] == ["SN00001", "=1+1", ""]
    assert [row["reason"] or None for row in in_csv] == [line["reason"] for line in lines]
    assert all(e["name"] in in_csv[0]["entitlements"] for e in lines[0]["entitlements"])


def test_exit_0_when_every_line_has_its_answer(site: Site, tmp_path: Path) -> None:
    code, lines = site.check(device_list(tmp_path, [("SN00001", "Dell"), ("SN00002", "HP")]))
    assert (code, {line["reason"] for line in lines}) == (0, {None})


def test_one_vendor_that_refuses_does_not_stop_the_others(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell"), ("SN00002", "HP")])
    out = tmp_path / "o.json"
    done = site.run(file, "--credentials", site.credentials(dell="wrong"), "-o", out)
    assert done.returncode == 1
    assert [line["reason"] for line in json.loads(out.read_text())] == ["CREDENTIALS_REFUSED", None]
    assert "not valid" in done.stderr


def test_exit_4_when_all_vendors_refuse_and_the_lines_say_so(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell"), ("SN00002", "Acme")])
    out = tmp_path / "o.json"
    done = site.run(file, "--credentials", site.credentials(dell="wrong"), "-o", out)
    assert done.returncode == 4
    reasons = [line["reason"] for line in json.loads(out.read_text())]
    assert reasons == ["CREDENTIALS_REFUSED", "VENDOR_NOT_SUPPORTED"]


def test_exit_4_without_any_credentials_says_what_to_do(site: Site, tmp_path: Path) -> None:
    done = site.run(device_list(tmp_path, [("SN00001", "Dell")]))
    assert done.returncode == 4
    assert "--simulate" in done.stderr


def test_exit_5_when_the_output_cannot_be_written(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell")])
    done = site.run(file, "--credentials", site.credentials(), "-o", "/proc/o.csv")
    assert done.returncode == 5
    assert "Coverage" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.csv"], "does not exist"),
        (["list.csv", "-o", "out.txt", "--simulate"], "must end in"),
        (["list.csv", "-o", "nowhere/out.csv", "--simulate"], "folder"),
        (["list.csv", "-o", "./list.csv", "--simulate"], "replace the list"),
        (["list.csv", "--simulate", "--credentials", "list.csv"], "choose one"),
        (["list.csv", "--simulate", "--base-url", "dell"], "PROVIDER=URL"),
        (["list.csv", "--simulate", "--base-url", "acme=https://acme.example"], "no provider"),
        (["list.csv", "--simulate", "--base-url", "dell=http://dell.example"], "not allowed"),
        (["list.csv", "--credentials", "list.csv"], "not TOML"),
        (["list.csv", "--as-of", "yesterday"], "as-of"),
        (["list.csv", "--expiring-days", "-1"], "expiring-days"),
    ],
)
def test_exit_2_for_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    device_list(tmp_path, [("SN00001", "Dell")])
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(check, arguments)
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr


def test_exit_2_for_an_unknown_variable(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "Dell")])
    done = site.run(file, FLEETWARD_CHEKC__DELL__CLIENT_ID="x")
    assert (done.returncode, "FLEETWARD_CHEKC" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "file_empty"),
        (b"Serial,Manufacturer\n", "file_empty"),
        (b"Serial,Serial\na,b\n", "file_duplicate_header"),
        (b"Serial,,Manufacturer\na,b,c\n", "file_empty_header"),
        (b'Serial,Manufacturer\n"SN1,Dell\nSN2,Dell\n', "file_unclosed_quote"),
        (b"Serial,Manufacturer\nSN1,Dell,3\n", "file_row_too_long"),
        (b"\x89PNG\r\n\x1a\n", "file_kind_unknown"),
        (b"PK\x03\x04 and then nothing", "file_damaged"),
        (b"\x1f\x8b and then nothing", "file_damaged"),
        (b"Name,Manufacturer\nPC1,Dell\n", "check_column_missing"),
        (b"Serial,Name\nSN1,PC1\n", "manufacturer"),
    ],
)
def test_exit_3_for_a_list_that_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    file.write_bytes(content)
    done = CliRunner().invoke(check, [str(file), "--simulate", "-o", str(out)])
    assert (done.exit_code, words in done.stderr, out.exists()) == (3, True, False), done.stderr


def test_columns_are_known_by_names_of_the_installation(site: Site, tmp_path: Path) -> None:
    file = device_list(tmp_path, [("SN00001", "TUXEDO Computers")], ("Seriennummer", "Make"))
    names = '[headers]\nserial = ["Seriennummer"]\n[manufacturers]\nTuxedo = ["Tuxedo Computers"]'
    done = site.run(file, "--simulate", FLEETWARD_DEVICES__NAMES=names)
    assert (done.returncode, "Tuxedo " in done.stdout) == (1, True), done.stderr
    done = site.run(file, "--simulate", FLEETWARD_DEVICES__NAMES="[header]")
    assert (done.returncode, "there is no part header" in done.stderr) == (2, True)


def test_columns_that_are_not_used_are_named(site: Site, tmp_path: Path) -> None:
    header = ("Serial", "Manufacturer", "Colour")
    file = device_list(tmp_path, [("SN00001", "Dell", "red")], header)
    done = site.run(file, "--credentials", site.credentials())
    assert "Colour" in done.stderr


def test_credentials_from_the_environment_and_another_base_url(site: Site, tmp_path: Path) -> None:
    done = site.run(
        device_list(tmp_path, [("SN00001", "Dell")]),
        "--base-url",
        f"dell={site.simulators.base_url('dell')}",
        FLEETWARD_CHECK__DELL__CLIENT_ID="me",
        FLEETWARD_CHECK__DELL__CLIENT_SECRET=SECRET,
    )
    assert (done.returncode, "SIMULATED: 1 of 1" in done.stdout) == (0, True)


@pytest.mark.parametrize("secret", [SECRET, f"expired-{SECRET}"])
def test_secrets_are_never_printed(site: Site, tmp_path: Path, secret: str) -> None:
    for vendor in VENDORS:
        site.simulators.dial(vendor, refuse_credentials=secret.startswith("expired"))
    rows = [("SN00001", maker) for maker in ("Dell", "HP", "Lenovo")]
    out = tmp_path / "o.json"
    given = site.credentials(**dict.fromkeys(VENDORS, secret))
    done = site.run(device_list(tmp_path, rows), "--credentials", given, "-o", out)
    assert done.returncode == (0 if secret == SECRET else 4)
    assert SECRET not in done.stdout + done.stderr + out.read_text()


def test_simulate_needs_nothing_but_the_list(site: Site, tmp_path: Path) -> None:
    makers = ("Apple", "Cisco", "Dell", "HP", "Lenovo", "TOSHIBA")
    rows = [("SN00001", maker, "PS57HE-00F001FR") for maker in makers]
    file = device_list(tmp_path, rows, ("Serial", "Manufacturer", "Product Number"))
    done = site.run(file, "--simulate")
    assert done.returncode == 0, done.stderr
    assert "SIMULATED: 6 of 6" in done.stdout


def test_exit_4_when_the_simulators_do_not_start(site: Site, tmp_path: Path) -> None:
    broken = tmp_path / "fleetward_simulators"
    broken.mkdir()
    (broken / "__init__.py").touch()
    (broken / "main.py").write_text("raise SystemExit('no port left')", encoding="utf-8")
    file, out = device_list(tmp_path, [("SN00001", "Dell")]), tmp_path / "o.json"
    done = site.run(file, "--simulate", "-o", out, PYTHONPATH=str(tmp_path))
    assert (done.returncode, out.exists()) == (4, False)
    assert "Error: The simulators did not start:\nno port left" in done.stderr


def test_a_vendor_that_wants_no_credentials_is_asked_without(site: Site, tmp_path: Path) -> None:
    rows = [
        ("SN00001", "dynabook Inc.", "A1PMX21E1113"),
        ("SN2", "Toshiba", ""),
        ("SN3", "Dell", ""),
    ]
    file = device_list(tmp_path, rows, ("Serial", "Manufacturer", "Product Number"))
    address, out = site.simulators.base_url("dynabook"), tmp_path / "o.json"
    done = site.run(file, "--base-url", f"dynabook={address}", "-o", out)
    assert done.returncode == 1
    assert [line["reason"] for line in json.loads(out.read_text())] == [
        None,
        "PRODUCT_NUMBER_MISSING",
        "NOT_CONFIGURED",
    ]


def test_french_words_keep_the_codes(site: Site, tmp_path: Path) -> None:
    code, lines = site.check(device_list(tmp_path, [("SN00001", "Acme")]), "--lang", "fr")
    assert (code, lines[0]["reason"]) == (1, "VENDOR_NOT_SUPPORTED")


def test_exit_130_keeps_what_was_answered_before_ctrl_c(site: Site, tmp_path: Path) -> None:
    site.simulators.dial("dell", latency_ms=60_000)
    file = device_list(tmp_path, [("SN00001", "Dell"), ("SN00002", "Lenovo")])
    out = tmp_path / "o.json"
    process = site.start(file, "--credentials", site.credentials(), "-o", out)
    wait_until(lambda: site.simulators.stats("lenovo")["answered_calls"] == 1, seconds=20)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    lines = json.loads(out.read_text())
    assert [line["reason"] for line in lines] == ["NOT_CHECKED", None]
