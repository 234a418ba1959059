"""Lists of machines to register before they enrol, by programs: CSV and XLSX (E8)."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test.client import MULTIPART_CONTENT

from fleetward.agents.contracts import MOST_LIST_BYTES
from fleetward.api.uploads import XLSX
from fleetward.infra.files.xlsx_writer import write_xlsx
from tests.api.conftest import Program
from tests.api.test_errors import problem

pytestmark = pytest.mark.django_db
LISTS = "/pending-enrolments/list"
HEADERS = ["Vendor", "Serial", "Name"]
ROWS = [("Dell", "5XK2QL3", "PC-1"), ("Dell", "N/A", ""), ("Lenovo", "PF3ABCDE", "")]


def book() -> bytes:
    out = BytesIO()
    write_xlsx(out, HEADERS, ROWS)
    return out.getvalue()


def in_a_form(program: Program, key: str) -> HttpResponse:
    form = {"file": SimpleUploadedFile("list.xlsx", BOOK, XLSX)}
    return program.post(LISTS, form, content_type=MULTIPART_CONTENT, idempotency_key=key)


BOOK = book()


def test_e8_a_workbook_or_a_text_registers_machines(device_admin: Program) -> None:
    first = device_admin.post(LISTS, BOOK, content_type=XLSX, idempotency_key="one")
    told = first.json()
    assert (first.status_code, told["added"], told["known"]) == (200, 2, 0)
    assert [(one["row"], one["serial"]) for one in told["refused"]] == [(3, "N/A")]
    again = device_admin.post(LISTS, BOOK, content_type=XLSX, idempotency_key="one")
    assert (again.json(), again["Idempotency-Replayed"]) == (told, "true")
    known = in_a_form(device_admin, "two")
    assert (known.status_code, known.json()["known"]) == (200, 2)
    # The same file in another form is the same request.
    assert in_a_form(device_admin, "two")["Idempotency-Replayed"] == "true"
    text = b"Vendor;Serial\nDell;7YH2QL3\n"
    assert device_admin.post(LISTS, text, content_type="text/csv").json()["added"] == 1
    other = device_admin.post(LISTS, text, content_type="text/csv", idempotency_key="one")
    problem(other, 422, "idempotency_key_reused")
    rows = device_admin.get("/pending-enrolments").json()["items"]
    assert {row["serial"]: row["name"] for row in rows} == {
        "5XK2QL3": "PC-1",
        "PF3ABCDE": "",
        "7YH2QL3": "",
    }


def test_what_is_no_list_is_refused(device_admin: Program, reader: Program) -> None:
    for data, code in (
        (b"Serial\n5XK2QL3\n", "unreadable_list"),
        (b"x" * (MOST_LIST_BYTES + 1), "unreadable_list"),
        (b"PK\x03\x04 no book", "file_damaged"),
        (b"Vendor;Serial;Serial\nDell;5XK2QL3;7YH2QL3\n", "file_duplicate_header"),
    ):
        problem(device_admin.post(LISTS, data, content_type="text/csv"), 422, code)
    problem(device_admin.post(LISTS, {"machines": []}), 415, "wrong_media_type")
    problem(reader.post(LISTS, BOOK, content_type=XLSX), 403, "forbidden")
    assert device_admin.get("/pending-enrolments").json()["items"] == []
