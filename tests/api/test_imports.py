"""Imports over HTTP: upload in both forms, preview, start, outcomes, and what is refused."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fleetward.api import uploads
from fleetward.devices.imports.actions import analyse_import, remove_old_rows, run_import
from fleetward.devices.models import ImportRun
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.files.xlsx_writer import write_xlsx
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast
from tests.db.imports.lists import TOO_LONG, csv_of

LIST = (
    b"S/N;Vendor;Shelf\r\n5XK2QL3;Dell Inc.;A1\r\nN/A;Dell;A2\r\nPF3ABCDE;Lenovo;=cmd()\r\n"
    b"5XK2QL3;Dell;A4\r\n"
)
CSV = "text/csv"


def uploaded(program: Program, data: bytes = LIST, query: str = "", **headers: str) -> str:
    answer = program.post(f"/imports{query}", data, content_type=CSV, **headers)
    assert answer.status_code == 202, answer.content
    uid: str = answer.json()["id"]
    assert answer["Location"] == f"/api/v1/imports/{uid}"
    assert "Idempotency-Replayed" not in answer
    return uid


def work(cast: Cast, uid: str) -> None:
    """What a worker does with the import."""
    with tenant_scope([cast.acme.id]):
        run = ImportRun.objects.get(uid=uid)
    if run.state == "UPLOADED":
        analyse_import(tenant=cast.acme.id, run=run.id, clock=utc_now, is_queued=False)
    run_import(tenant=cast.acme.id, run=run.id, clock=utc_now)


def shown(program: Program, uid: str) -> dict[str, Any]:
    body: dict[str, Any] = program.get(f"/imports/{uid}").json()
    return body


def test_a_list_is_counted_before_anything_is_stored(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin, query="?file_name=list.csv")
    assert shown(device_admin, uid)["state"] == "UPLOADED"
    work(cast, uid)
    found = shown(device_admin, uid)
    assert (found["state"], found["rows"], found["origin"]) == ("READY", 4, "API")
    assert found["mapping"] == {"serial": "S/N", "manufacturer": "Vendor"}
    assert [c["field"] for c in found["columns"]] == ["serial", "manufacturer", ""]
    assert found["expected"]["refused"] == 2
    assert device_admin.get("/devices").json()["items"] == []


def test_the_preview_is_that_of_the_page(cast: Cast, device_admin: Program) -> None:
    rows = [("5XK2OL3", "Dell", "PC-1", "Lyon"), ("", ""), ("N/A", "Dell"), ("PF3ABCDE", "Lenovo")]
    uid = uploaded(device_admin, csv_of(rows, ["Serial", "Make", "Name", "Row in the file"]))
    work(cast, uid)
    found = shown(device_admin, uid)
    assert [c["is_ours"] for c in found["columns"]] == [False, False, False, True]
    assert (found["profile"], found["blank_rows"], found["other_sheets"]) == ("OTHER", 1, [])
    assert found["hint_counts"] == {"LOOK_ALIKE": 1}
    hint = found["hints"][0]
    assert (hint["row"], hint["serial"], hint["code"]) == (2, "5XK2OL3", "LOOK_ALIKE")
    assert hint["detail"] == "Letters that look like digits."
    first, refused, _ = found["sample"]
    assert (first["row"], first["outcome"], first["cells"]["name"]) == (2, "NEW", "PC-1")
    assert (refused["row"], refused["refusal"], refused["field"]) == (4, "JUNK_SERIAL", "serial")
    assert refused["reason"].startswith("Placeholder instead of a serial number. Replace it")


def test_the_preview_shows_what_would_change(cast: Cast, device_admin: Program) -> None:
    for name in ("PC-1", "PC-2"):
        rows = [("5XK2QL3", "Dell", "", name)]
        uid = uploaded(device_admin, csv_of(rows), query="?start=true" if name == "PC-1" else "")
        work(cast, uid)
    (row,) = shown(device_admin, uid)["sample"]
    assert (row["outcome"], row["changes"]) == ("CHANGED", {"name": ["PC-1", "PC-2"]})


def test_the_file_of_outcomes_says_what_where_and_what_to_do(
    cast: Cast, device_admin: Program
) -> None:
    uid = uploaded(device_admin, TOO_LONG, query="?start=true")
    work(cast, uid)
    file = device_admin.get(f"/imports/{uid}/outcomes.csv?outcome=REFUSED").getvalue()
    line = file.decode("utf-8-sig").splitlines()[1]
    assert line.startswith("3,")
    assert line.endswith(",REFUSED,Site: A value is too long. Shorten it.")
    (row,) = device_admin.get(f"/imports/{uid}/outcomes?outcome=REFUSED").json()["items"]
    assert (row["row"], row["field"], row["refusal"]) == (3, "location", "VALUE_TOO_LONG")


def test_started_it_stores_and_every_row_has_its_outcome(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin)
    work(cast, uid)
    assert device_admin.post(f"/imports/{uid}/start").json()["state"] == "RUNNING"
    work(cast, uid)
    found = shown(device_admin, uid)
    assert (found["state"], sum(found["counts"].values())) == ("DONE", found["rows"])
    rows = device_admin.get(f"/imports/{uid}/outcomes").json()["items"]
    assert [(r["row"], r["outcome"], r["refusal"]) for r in rows] == [
        (2, "REFUSED", "DUPLICATE_ROW"),
        (3, "REFUSED", "JUNK_SERIAL"),
        (4, "NEW", ""),
        (5, "NEW", ""),
    ]
    assert rows[1]["reason"].startswith("Placeholder instead of a serial number.")
    device = device_admin.get(f"/devices/{rows[2]['device_id']}").json()
    assert (device["serial"], device["origin"]) == ("PF3ABCDE", "API")


def test_outcomes_come_in_pages_and_as_a_file(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin, query="?start=true")
    work(cast, uid)
    page = device_admin.get(f"/imports/{uid}/outcomes?limit=3").json()
    rest = device_admin.get(f"/imports/{uid}/outcomes?limit=3&cursor={page['next']}").json()
    assert [r["row"] for r in page["items"] + rest["items"]] == [2, 3, 4, 5]
    assert rest["next"] is None
    file = device_admin.get(f"/imports/{uid}/outcomes.csv").getvalue().decode("utf-8-sig")
    lines = file.splitlines()
    assert lines[0] == "Row in the file,S/N,Vendor,Shelf,Import outcome,Refused because"
    assert lines[3] == "4,PF3ABCDE,Lenovo,'=cmd(),NEW,"
    refused = device_admin.get(f"/imports/{uid}/outcomes.csv?outcome=REFUSED").getvalue()
    assert refused.count(b"\r\n") == 3


def test_rows_are_kept_for_a_time(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin, query="?start=true")
    work(cast, uid)
    assert shown(device_admin, uid)["rows_removed_at"] is None
    remove_old_rows(tenant=cast.acme.id, now=utc_now() + timedelta(days=31))
    assert shown(device_admin, uid)["rows_removed_at"]
    address = f"/imports/{uid}/outcomes.csv"
    problem(device_admin.get(f"{address}?outcome=REFUSED"), 409, "import_rows_removed")
    assert device_admin.get(address).status_code == 200


def test_the_refused_rows_corrected_are_an_import_again(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin, query="?start=true")
    work(cast, uid)
    file = device_admin.get(f"/imports/{uid}/outcomes.csv?outcome=REFUSED").getvalue()
    again = uploaded(device_admin, file.replace(b"N/A", b"7YH2QL3"), query="?start=true")
    work(cast, again)
    assert shown(device_admin, again)["counts"]["refused"] == 0


def test_columns_can_be_matched_anew(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin, b"Tag,Number\nA1,5XK2QL3\n")
    work(cast, uid)
    assert shown(device_admin, uid)["missing"]
    address = f"/imports/{uid}/mapping"
    bad = device_admin.send("PUT", address, {"mapping": {"serial": "Nowhere"}})
    problem(bad, 422, "import_bad_mapping")
    given = {"mapping": {"serial": "Number"}, "default_manufacturer": "Dell"}
    assert device_admin.send("PUT", address, given).json()["state"] == "UPLOADED"
    work(cast, uid)
    assert shown(device_admin, uid)["expected"]["new"] == 1


def test_the_mapping_can_come_with_the_upload(cast: Cast, device_admin: Program) -> None:
    mapping = quote(json.dumps({"serial": "Number"}))
    query = f"?mapping={mapping}&default_manufacturer=Dell&start=true"
    uid = uploaded(device_admin, b"Tag,Number\nA1,5XK2QL3\n", query)
    work(cast, uid)
    assert shown(device_admin, uid)["counts"]["new"] == 1


def test_start_without_identity_is_refused(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin, b"Tag,Number\nA1,5XK2QL3\n")
    problem(device_admin.post(f"/imports/{uid}/start"), 409, "import_not_ready")
    work(cast, uid)
    problem(device_admin.post(f"/imports/{uid}/start"), 422, "import_columns_missing")


def test_cancelled_before_the_start_nothing_is_kept(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin)
    assert device_admin.post(f"/imports/{uid}/cancel").json()["state"] == "CANCELLED"
    work(cast, uid)
    assert device_admin.get(f"/imports/{uid}/outcomes").json()["items"] == []
    problem(device_admin.post(f"/imports/{uid}/start"), 409, "import_not_ready")


def test_a_refused_file_says_what_and_where(cast: Cast, device_admin: Program) -> None:
    uid = uploaded(device_admin, b'Serial,Vendor\n"5XK2QL3,Dell\n')
    work(cast, uid)
    found = shown(device_admin, uid)
    assert found["state"] == "REFUSED"
    assert found["problem"]["code"].startswith("file_")
    assert "{" not in found["problem"]["detail"]


def form(program: Program, **parts: object) -> Any:
    client = Client(
        headers={"host": "localhost", "authorization": f"Bearer {program.token}"},
        raise_request_exception=False,
    )
    return client.post("/api/v1/imports", parts)


def test_a_form_with_one_file_is_an_upload_too(cast: Cast, device_admin: Program) -> None:
    answer = form(device_admin, file=SimpleUploadedFile("parc été.csv", LIST))
    assert answer.status_code == 202
    assert shown(device_admin, answer.json()["id"])["file_name"] == "parc été.csv"


def in_a_form(program: Program, book: bytes) -> Any:
    return form(program, file=SimpleUploadedFile("list.xlsx", book, uploads.XLSX))


def as_the_body(program: Program, book: bytes) -> Any:
    return program.post("/imports?file_name=list.xlsx", book, content_type=uploads.XLSX)


@pytest.mark.parametrize("send", [in_a_form, as_the_body])
def test_a_workbook_is_a_list_too(
    cast: Cast, device_admin: Program, send: Callable[[Program, bytes], Any]
) -> None:
    book = io.BytesIO()
    write_xlsx(book, ["Serial", "Vendor"], [("5XK2QL3", "Dell"), ("N/A", "Dell"), ("7YH2QL3", "")])
    answer = send(device_admin, book.getvalue())
    assert answer.status_code == 202, answer.content
    uid = answer.json()["id"]
    work(cast, uid)
    assert shown(device_admin, uid)["file_name"] == "list.xlsx"
    device_admin.post(f"/imports/{uid}/start")
    work(cast, uid)
    assert shown(device_admin, uid)["state"] == "DONE"
    rows = device_admin.get(f"/imports/{uid}/outcomes").json()["items"]
    assert [(r["row"], r["outcome"], r["refusal"]) for r in rows] == [
        (2, "NEW", ""),
        (3, "REFUSED", "JUNK_SERIAL"),
        (4, "REFUSED", "MISSING_MANUFACTURER"),
    ]


def test_a_form_holds_the_file_and_nothing_else(device_admin: Program) -> None:
    file = SimpleUploadedFile("a.csv", LIST)
    problem(form(device_admin, list=file), 422, "invalid_request")
    problem(
        form(device_admin, file=SimpleUploadedFile("a.csv", LIST), start="1"),
        422,
        "invalid_request",
    )
    problem(form(device_admin, other="x"), 422, "invalid_request")


@pytest.mark.parametrize(
    "kind", ["application/json", "text/html", "application/x-www-form-urlencoded"]
)
def test_what_is_declared_as_no_list_is_refused(device_admin: Program, kind: str) -> None:
    problem(device_admin.post("/imports", LIST, content_type=kind), 415, "wrong_media_type")


def test_an_empty_upload_is_refused(device_admin: Program) -> None:
    problem(device_admin.post("/imports", b"", content_type=CSV), 422, "file_empty")


def test_an_upload_beyond_the_limit_is_refused_before_it_is_read(
    device_admin: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = DEFAULT_LIMITS.plain_bytes
    monkeypatch.setattr(uploads, "MEBIBYTE", len(LIST) - 1 - limit)
    problem(device_admin.post("/imports", LIST, content_type=CSV), 413, "file_too_large")


def test_a_packed_list_is_unpacked(cast: Cast, device_admin: Program) -> None:
    answer = device_admin.post("/imports", gzip.compress(LIST), content_type="application/gzip")
    work(cast, answer.json()["id"])
    assert shown(device_admin, answer.json()["id"])["rows"] == 4


@pytest.mark.parametrize("query", ["?mapping=x", "?mapping=[]", "?start=perhaps", "?name=a.csv"])
def test_bad_options_are_refused(device_admin: Program, query: str) -> None:
    answer = device_admin.post(f"/imports{query}", LIST, content_type=CSV)
    problem(answer, 422, "invalid_request")


def test_the_same_key_and_file_are_the_same_import(cast: Cast, device_admin: Program) -> None:
    first = uploaded(device_admin, idempotency_key="one")
    again = device_admin.post("/imports", LIST, content_type=CSV, idempotency_key="one")
    assert (again.json()["id"], again["Idempotency-Replayed"]) == (first, "true")
    other = device_admin.post("/imports", LIST + b"x", content_type=CSV, idempotency_key="one")
    told = problem(other, 422, "idempotency_key_reused")
    assert told["detail"] == "The idempotency key one was already used for another request."
    assert "api:" not in other.content.decode()
    assert uploaded(device_admin) != first
