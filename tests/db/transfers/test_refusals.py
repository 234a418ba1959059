"""Files that are refused as a whole, before anything moves (X4), each with its code."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import pytest

from fleetward.infra.files.errors import FileEmpty
from fleetward.infra.files.xlsx_writer import write_xlsx
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.tenancy.contracts import Role
from fleetward.transfers.actions import discard_stale, list_stale, start_transfer, upload_transfer
from fleetward.transfers.contracts import WAITS_FOR, TransferNotReady, TransferState, Upload
from tests.cast import actor_of, make_tenant, make_user
from tests.db.transfers.desk import Desk, file_of, make_customer
from tests.plugins.variables import SetEnv

pytestmark = pytest.mark.django_db
HEAD = b"Serial Number,Customer ID\n"


def workbook(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    write_xlsx(out, ["Serial Number", "Customer ID"], rows)
    return out.getvalue()


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", text)
    return out.getvalue()


REFUSED: dict[str, tuple[Callable[[Desk], bytes], str]] = {
    "mixed": (
        lambda d: file_of([("A100", d.target.customer_id), ("B100", "XXXXXXXXXX")]),
        "transfer_mixed_targets",
    ),
    "without a customer": (
        lambda d: file_of([("A100", d.target.customer_id), ("B100", "")]),
        "transfer_target_missing",
    ),
    "of an unknown customer": (
        lambda d: file_of([("A100", "XXXXXXXXXX")]),
        "transfer_unknown_target",
    ),
    "of the source": (lambda d: d.rows_to(["A100"], d.source), "transfer_target_is_source"),
    "of the partner": (lambda d: d.rows_to(["A100"], d.partner), "transfer_unknown_target"),
    "with its headers only": (lambda d: HEAD, "file_empty"),
    "of blank lines": (lambda d: b"\n \n\n", "file_empty"),
    "without the headers": (lambda d: b"A100,B100\nC100,D100\n", "transfer_columns_missing"),
    "without a Customer ID": (lambda d: b"Serial Number\nA100\n", "transfer_columns_missing"),
    "of another program": (lambda d: b"%PDF-1.7 ...", "file_kind_unknown"),
    "an archive": (lambda d: zipped("hello"), "file_kind_unknown"),
    "a damaged workbook": (
        lambda d: cut(workbook([["A100", d.target.customer_id]])),
        "file_damaged",
    ),
    "with an open quote": (lambda d: HEAD + b'"A100,X\nB100,Y\n', "file_unclosed_quote"),
    "with a NUL": (lambda d: HEAD + b"A1\x0000,X\n", "file_nul_byte"),
    "of no encoding": (lambda d: HEAD + b"A100\x81,X\n", "file_unknown_encoding"),
    "with too many cells": (lambda d: HEAD + b"A100,X,Y\n", "file_row_too_long"),
    "that grows when it is unpacked": (
        lambda d: gzip.compress(HEAD + b"A" * 3_000_000),
        "file_unpacks_too_large",
    ),
    "with a header twice": (
        lambda d: b"Serial Number,Customer ID,customer id\nA100,X,X\n",
        "file_duplicate_header",
    ),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_x4_a_file_is_refused_whole(desk: Desk, what: str) -> None:
    make, code = REFUSED[what]
    desk.add(2)
    uid = desk.upload(make(desk))
    found = desk.work(uid)
    assert found.row.state is TransferState.REFUSED
    assert found.problem is not None
    assert found.problem.code == code
    assert (desk.held_by(desk.source), desk.held_by(desk.target)) == (2, 0)
    with pytest.raises(TransferNotReady):
        start_transfer(actor=desk.actor, tenant=desk.source.id, uid=uid, now=utc_now())


def test_the_row_that_differs_is_named(desk: Desk) -> None:
    rows = [("A1", desk.target.customer_id), ("A2", desk.target.customer_id), ("A3", "OTHER")]
    problem = desk.previewed(file_of(rows)).problem
    assert problem is not None
    assert problem.details == {"customers": 2, "row": 4}


def test_a_file_of_too_many_rows_is_refused_whole(desk: Desk, set_env: SetEnv) -> None:
    set_env(FLEETWARD_IMPORTS__MAX_ROWS="2")
    serials = desk.serials(desk.add(3))
    found = desk.previewed(desk.rows_to(serials))
    assert found.problem is not None
    assert (found.row.state, found.problem.code) == (TransferState.REFUSED, "file_too_many_rows")
    assert desk.held_by(desk.source) == 3


def test_a_file_without_a_byte_is_refused_at_once(desk: Desk) -> None:
    with pytest.raises(FileEmpty):
        desk.upload(b"")


def test_t14_nothing_goes_to_a_pending_customer_which_is_like_none(desk: Desk) -> None:
    pending = make_customer(desk.partner, "Umbrella", "PENDING")
    theirs = make_customer(make_tenant("Rival", kind="PARTNER"), "Aperture")
    (serial,) = desk.serials(desk.add())
    problems = []
    for customer_id in (pending.customer_id, theirs.customer_id, "XXXXXXXXXX"):
        problem = desk.previewed(file_of([(serial, customer_id)])).problem
        assert problem is not None
        problems.append((problem.code, problem.text, list(problem.details)))
    assert len({str(problem) for problem in problems}) == 1


def test_formulas_and_a_workbook_are_text(desk: Desk) -> None:
    (serial,) = desk.serials(desk.add())
    target = desk.target.customer_id
    data = workbook([[serial, target], ["=SUM(B2)", target], ["@SUM(A1)", target]])
    found = desk.moved(data)
    assert desk.words(found.row.uid) == [
        "Asset successfully created",
        "Device not found",
        "Device not found",
    ]


def test_x1_only_a_partner_admin_transfers_and_only_from_its_customers(desk: Desk) -> None:
    specialist = make_user(roles={desk.partner.id: Role.PARTNER_SERVICE})
    rival = make_tenant("Rival", kind="PARTNER")
    stranger = make_user(roles={rival.id: Role.PARTNER_ADMIN})
    data = desk.rows_to(desk.serials(desk.add()))
    for actor, error in (
        (desk.admin_of(desk.source), Forbidden),
        (actor_of(specialist), Forbidden),
        (actor_of(stranger), NotFound),
    ):
        with pytest.raises(error):
            upload_transfer(
                actor=actor,
                source=desk.source.id,
                upload=Upload("moves.csv"),
                chunks=[data],
                now=utc_now(),
            )
    with pytest.raises(Forbidden):
        upload_transfer(
            actor=desk.actor,
            source=desk.partner.id,
            upload=Upload("moves.csv"),
            chunks=[data],
            now=utc_now(),
        )


def test_what_nobody_starts_is_discarded_after_a_day(desk: Desk) -> None:
    waiting = desk.previewed(desk.rows_to(desk.serials(desk.add())))
    later = utc_now() + WAITS_FOR
    (found,) = list_stale(now=later)
    for _ in range(2):
        discard_stale(tenant=found[0], transfer=found[1], now=later)
    assert desk.found(waiting.row.uid).row.state is TransferState.DISCARDED
