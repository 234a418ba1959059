"""Exports of the logs, and of the chain with its seals, which the command verifies offline (L4)."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from fleetward.audit.actions import (
    LogSheet,
    export_chain,
    export_entries,
    exporting,
    record,
    seal_entries,
    use_case,
)
from fleetward.audit.contracts import (
    AuditRow,
    EntryFilter,
    LogType,
    Stretch,
    TooManyEntries,
    Verb,
)
from fleetward.audit.models import Seal
from fleetward.audit.queries import list_entries, verify_chain, verify_file
from fleetward.cli.main import fleetward
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from tests.cast import NOW, Cast, actor_of, make_user
from tests.routes import nobody_may

pytestmark = pytest.mark.django_db
EVIL = '=HYPERLINK("http://evil.example")'


@use_case
def act(*, actor: Actor, tenant: int | None, verb: Verb, minute: int, **details: object) -> None:
    at = NOW + timedelta(minutes=minute)
    record(actor=actor, verb=verb, tenant=tenant, subject=EVIL, details=details, now=at)


def tell(tenant: int, count: int = 5) -> None:
    actor = system_actor("ada@acme.example", tenant)
    for minute in range(count):
        verb = Verb.DEVICE_ADDED if minute % 2 else Verb.USER_ADDED
        act(actor=actor, tenant=tenant, verb=verb, minute=minute, note="é…", n=1.5)


def seal(tenant: int) -> None:
    seal_entries(actor=system_actor("Tests", tenant), tenant=tenant)


def cells(row: AuditRow) -> list[str]:
    return [row.verb, row.subject, str(row.details)]


def sheet(cast: Cast, only: EntryFilter, *, is_workbook: bool = False) -> bytes:
    out = io.BytesIO()
    export_entries(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        only=only,
        sheet=LogSheet(["Sub type", "=Identifier", "Details"], cells, is_workbook=is_workbook),
        out=out,
        now=NOW,
    )
    return out.getvalue()


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows_of_workbook(data: bytes) -> list[list[str]]:
    """Of which nothing is a formula."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        rows = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(rows.iter(f"{SHEET}f"))
    return [
        ["".join(cell.itertext()) for cell in row.iter(f"{SHEET}c")]
        for row in rows.iter(f"{SHEET}row")
    ]


def rows_of(data: bytes, *, is_workbook: bool) -> list[list[str]]:
    if is_workbook:
        return rows_of_workbook(data)
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("is_workbook", [False, True])
def test_l4_an_export_has_exactly_what_the_filter_leaves(cast: Cast, is_workbook: bool) -> None:
    tell(cast.acme.id)
    only = EntryFilter(types=(LogType.DEVICES,), since=NOW + timedelta(minutes=2))
    head, *lines = rows_of(sheet(cast, only, is_workbook=is_workbook), is_workbook=is_workbook)
    shown = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id, only=only)
    assert [line[0] for line in lines] == [row.verb for row in shown.rows] == ["device.added"]
    guard = "" if is_workbook else "'"
    assert (head[1], lines[0][1]) == (f"{guard}=Identifier", f"{guard}{EVIL}")


def test_a_long_cell_is_cut_and_not_left_out(cast: Cast) -> None:
    actor = system_actor("Tests", cast.acme.id)
    act(actor=actor, tenant=cast.acme.id, verb=Verb.USER_ADDED, minute=0, text="x" * 40_000)
    (_, line) = rows_of(sheet(cast, EntryFilter(), is_workbook=True), is_workbook=True)
    assert len(line[2]) == exporting.LONGEST_CELL
    assert line[2].endswith("…")


def test_an_export_is_in_the_trail_without_whom_it_looked_for(cast: Cast) -> None:
    tell(cast.acme.id)
    sheet(cast, EntryFilter(actors=("ada@acme.example",), identifier="x", verbs=(Verb.USER_ADDED,)))
    latest = list_entries(actor=actor_of(cast.admin), tenant=cast.acme.id, verb="log.exported")
    assert latest.rows[0].details == {
        "entries": 0,
        "format": "csv",
        "filter": {"users": 1, "by_identifier": True, "verbs": ["user.added"]},
    }


def test_too_many_entries_are_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(cast.acme.id)
    seal(cast.acme.id)
    monkeypatch.setattr(exporting, "MOST_EXPORTED", 4)
    with pytest.raises(TooManyEntries):
        sheet(cast, EntryFilter())
    with pytest.raises(TooManyEntries):
        chain_of(cast, most=4)
    assert sheet(cast, EntryFilter(types=(LogType.USERS,)))


def chain_of(cast: Cast, stretch: Stretch | None = None, most: int | None = None) -> bytes:
    out = io.BytesIO()
    export_chain(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        chain=cast.acme.customer_id,
        stretch=stretch or Stretch(),
        out=out,
        now=NOW,
        most=most,
    )
    return out.getvalue()


def test_who_may_not_see_the_logs_exports_none(
    cast: Cast,
) -> None:
    stranger = replace(cast, admin=cast.outsider)
    for export in (chain_of, lambda some: sheet(some, EntryFilter())):
        with pytest.raises(NotFound):
            export(stranger)
        with nobody_may("SEE_AUDIT"), pytest.raises(Forbidden):
            export(cast)


def test_l4_an_export_of_the_chain_verifies_by_itself(cast: Cast) -> None:
    tell(cast.acme.id)
    seal(cast.acme.id)
    tell(cast.acme.id, 1)
    data = chain_of(cast)
    found = verify_file(data.splitlines(keepends=True))
    known = verify_chain(actor=actor_of(cast.admin), tenant=cast.acme.id, now=utc_now())
    assert (found.sealed, found.digest, found.is_whole) == (5, known.digest, True)
    assert found.chain == cast.acme.customer_id


@pytest.mark.parametrize(
    ("since", "until", "entries"),
    [(1, None, 4), (None, 3, 3), (1, 3, 2), (9, None, 0), (None, -1, 0)],
)
def test_a_stretch_of_time_follows_the_seal_before_it(
    cast: Cast, since: int | None, until: int | None, entries: int
) -> None:
    tell(cast.acme.id)
    seal(cast.acme.id)
    stretch = Stretch(*(None if m is None else NOW + timedelta(minutes=m) for m in (since, until)))
    found = verify_file(chain_of(cast, stretch).splitlines(keepends=True))
    assert (found.sealed, found.is_whole) == (entries, True)
    with tenant_scope([cast.acme.id]):
        digests = list(Seal.objects.order_by("id").values_list("digest", flat=True))
    if entries and since:
        assert found.previous == digests[since - 1]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(fleetward, ["audit", *arguments])


def test_the_command_exports_what_it_verifies(cast: Cast, tmp_path: Path) -> None:
    tell(cast.acme.id)
    seal(cast.acme.id)
    file = tmp_path / "acme.jsonl"
    made = run("export", "--tenant", cast.acme.customer_id, "-o", str(file))
    assert "5 entries written" in made.output
    assert run("export", "-o", str(file)).exit_code == 1, "nothing is overwritten"
    whole = run("verify", str(file))
    assert whole.output.startswith(f"{cast.acme.customer_id}: whole, 5 entries from its beginning")
    digest = whole.output.split()[-1]
    assert run("verify", str(file), "--noted", digest.upper()).exit_code == 0
    missing = run("verify", str(file), "--noted", "f" * 64)
    assert missing.exit_code == 1
    assert "the digest that you noted is no seal of this file" in missing.output
    since = run(
        "export", "--tenant", cast.acme.customer_id, "--since", "2026-11-22T12:02:00",
        "--until", "2026-11-23", "-o", str(tmp_path / "part.jsonl"),
    )  # fmt: skip
    assert "3 entries written" in since.output
    assert "3 entries that follow" in run("verify", str(tmp_path / "part.jsonl")).output


def test_the_command_says_where_and_how_it_is_broken(cast: Cast, tmp_path: Path) -> None:
    tell(cast.acme.id)
    seal(cast.acme.id)
    lines = chain_of(cast).splitlines(keepends=True)
    file = tmp_path / "broken.jsonl"
    file.write_bytes(b"".join([*lines[:2], lines[2].replace(b"1.5", b"1.6"), *lines[4:]]))
    told = run("verify", str(file))
    assert told.exit_code == 1
    assert "line 3, entry" in told.output
    assert "was changed after it was sealed" in told.output
    assert "line 4, entry" in told.output
    assert "not whole, 3 problems" in told.output
    file.write_bytes(b"x\n" * 50)
    assert "and 31 more" in run("verify", str(file)).output


def test_what_makes_no_sense_together_is_refused(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"")
    assert run("verify", str(file), "--tenant", cast.acme.customer_id).exit_code == 2
    assert run("verify", "--noted", "f" * 64).exit_code == 2


def test_the_chain_of_the_installation_is_exported_too(cast: Cast, tmp_path: Path) -> None:
    act(actor=system_actor("Tests"), tenant=None, verb=Verb.KEY_ADDED, minute=0)
    seal_entries(actor=system_actor("Tests"), tenant=None)
    file = tmp_path / "installation.jsonl"
    assert run("export", "-o", str(file)).exit_code == 0
    assert run("verify", str(file)).output.startswith("installation: whole, 1 entries")
    with pytest.raises(NotFound):
        export_chain(
            actor=actor_of(make_user()), tenant=None, chain="", stretch=Stretch(),
            out=io.BytesIO(), now=NOW,
        )  # fmt: skip


def test_l4_a_file_is_verified_without_database_and_without_settings(
    cast: Cast, tmp_path: Path
) -> None:
    tell(cast.acme.id)
    seal(cast.acme.id)
    file = tmp_path / "acme.jsonl"
    file.write_bytes(chain_of(cast))
    command = [sys.executable, "-m", "fleetward.cli.main", "audit", "verify", str(file)]
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command, env=bare, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "whole, 5 entries" in done.stdout
