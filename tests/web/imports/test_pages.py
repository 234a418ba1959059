"""Imports through the pages: upload, match, check, start, watch, download, correct; no script."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fleetward.devices.imports.actions import (
    analyse_import,
    remove_old_rows,
    run_import,
    upload_list,
)
from fleetward.devices.imports.contracts import Upload
from fleetward.devices.models import ImportRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.models import Tenant
from fleetward.web.uploads import SizeLimit
from tests.cast import Cast
from tests.db.imports.lists import TOO_LONG, csv_of, imported, stored, worker
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db
LIST = csv_of([("ABC1234", "Dell", "", "PC-1"), ("none", "Dell", "", "=PC-2"), ("70412", "Dell")])


@pytest.fixture
def here(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/imports/"


def send(client: Client, here: str, data: bytes = LIST, **fields: str) -> str:
    """Upload; returns the address of the import."""
    file = SimpleUploadedFile("list.csv", data, content_type="text/csv")
    answer = client.post(f"{here}new/", {"file": file, **fields})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def work(tenant: int) -> None:
    """What the worker does meanwhile."""
    with tenant_scope([tenant]):
        runs = list(ImportRun.objects.values_list("id", flat=True))
    for run in runs:
        analyse_import(tenant=tenant, run=run, clock=utc_now, is_queued=False)
        run_import(tenant=tenant, run=run, clock=utc_now)


def body(client: Client, href: str, status: int = 200) -> str:
    answer = client.get(href)
    assert answer.status_code == status
    return answer.content.decode()


def downloaded(client: Client, href: str) -> bytes:
    answer = client.get(href)
    assert answer.status_code == 200
    return answer.getvalue()


def test_an_empty_list_of_imports_says_what_to_do(client: Client, here: str) -> None:
    page = body(client, here)
    assert "No list imported yet" in page
    assert f'href="{here}new/"' in page


def test_from_the_upload_to_the_devices(client: Client, cast: Cast, here: str) -> None:
    there = send(client, here)
    assert "Waiting to be read" in body(client, there)
    work(cast.acme.id)
    check = body(client, there)
    assert "Placeholder instead of a serial number" in check
    assert "Leading zeros may be lost" in check
    assert "70412 (row 4)" in check
    assert not stored(cast.acme.id)
    assert client.post(f"{there}start/").status_code == 302
    assert "Being imported" in body(client, there)
    work(cast.acme.id)
    assert "1 row was refused" in body(client, there)
    assert {serial for _, serial, _ in stored(cast.acme.id)} == {"ABC1234", "70412"}
    assert "list.csv" in body(client, here)


def test_a_second_click_is_the_same_upload(client: Client, here: str) -> None:
    assert send(client, here, request_key="a" * 32) == send(client, here, request_key="a" * 32)


def test_without_a_file_the_form_says_so(client: Client, here: str) -> None:
    answer = client.post(f"{here}new/", {})
    assert (answer.status_code, b"Choose a file." in answer.content) == (422, True)


def test_an_upload_beyond_the_limit_is_stopped(
    client: Client, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SizeLimit, "most", 2_000)
    file = SimpleUploadedFile("list.csv", b"x" * 3_000, content_type="text/csv")
    assert client.post(f"{here}new/", {"file": file}).status_code in {400, 413}
    assert "No list imported yet" in body(client, here)


def test_e12_every_column_is_shown_and_can_be_matched(
    client: Client, cast: Cast, here: str
) -> None:
    data = csv_of([("ABC1234", "on loan", "PC-1")], ["Serial", "Nummer", "Zustand"])
    there = send(client, here, data)
    work(cast.acme.id)
    page = body(client, there)
    assert "No column gives: Manufacturer" in page
    assert "Start import" not in page
    for words in ("Nummer", "Zustand", "on loan"):
        assert words in page
    fields = {"column-0": "serial", "column-2": "name", "default_manufacturer": "Dell"}
    assert client.post(f"{there}columns/", fields).status_code == 302
    work(cast.acme.id)
    assert "Start import" in body(client, there)
    client.post(f"{there}start/")
    work(cast.acme.id)
    assert stored(cast.acme.id)["Dell", "ABC1234", ""].name == "PC-1"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "No column of the file gives: Serial number, Manufacturer."),
        ("fr", "Aucune colonne du fichier ne donne\N{NO-BREAK SPACE}: Numéro de série, Fabricant."),
    ],
)
def test_columns_that_are_missing_are_named_as_pages_name_fields(
    cast: Cast, here: str, language: str, said: str
) -> None:
    cast.device_admin.language = language
    cast.device_admin.save()
    client = signed_in(cast.device_admin)
    data = csv_of([("ABC1234", "on loan")], ["Nummer", "Zustand"])
    asked = send(client, here, data)
    by_itself = upload_list(
        actor=worker(cast.acme.id),
        tenant=cast.acme.id,
        upload=Upload(file_name="list.csv", starts_itself=True),
        chunks=[data],
        now=utc_now(),
    ).uid
    work(cast.acme.id)
    started = client.post(f"{asked}start/")
    assert (started.status_code, said in started.content.decode()) == (422, True)
    assert said in body(client, f"{here}{by_itself}/")


def test_one_field_for_two_columns_is_refused(client: Client, cast: Cast, here: str) -> None:
    there = send(client, here)
    work(cast.acme.id)
    answer = client.post(f"{there}columns/", {"column-0": "serial", "column-1": "serial"})
    assert answer.status_code == 422
    assert "Chosen for more than one column: Serial number." in answer.content.decode()


def test_a_refused_file_says_what_where_and_what_to_do(
    client: Client, cast: Cast, here: str
) -> None:
    there = send(client, here, b'Serial,Make\n"ABC1234,Dell\nXYZ,HP\n')
    work(cast.acme.id)
    page = body(client, there)
    assert "A quotation mark opens in row 2" in page
    assert "file_unclosed_quote" in page
    assert "Nothing of the list was stored." in page


def test_progress_asks_until_the_end_and_then_reloads_the_page(
    client: Client, cast: Cast, here: str
) -> None:
    there = send(client, here)
    answer = client.get(f"{there}progress/")
    assert f'hx-get="{there}progress/"' in answer.content.decode()
    assert "HX-Refresh" not in answer
    work(cast.acme.id)
    answer = client.get(f"{there}progress/")
    assert answer["HX-Refresh"] == "true"
    assert b"hx-get" not in answer.content


def test_cancelled_before_the_start_nothing_is_stored(
    client: Client, cast: Cast, here: str
) -> None:
    there = send(client, here)
    work(cast.acme.id)
    client.post(f"{there}cancel/")
    assert "Nothing of the list was stored." in body(client, there)
    assert client.post(f"{there}start/").status_code == 422


def test_refused_rows_are_downloaded_corrected_and_sent_again(
    client: Client, cast: Cast, here: str
) -> None:
    there = send(client, here)
    client.post(f"{there}start/")
    work(cast.acme.id)
    client.post(f"{there}start/")
    work(cast.acme.id)
    data = downloaded(client, f"{there}refused.csv").decode("utf-8-sig")
    headers = "Serial number,Manufacturer,Product number,Device name,Country"
    assert data.splitlines()[0] == f"Row in the file,{headers},Refused because"
    assert data.splitlines()[1].startswith("3,none,Dell,")
    # Formulas are neutralised on the way out and are themselves again on the way in.
    assert "'=PC-2" in data
    again = send(client, here, data.replace("none,", "XYZ1234,").encode())
    work(cast.acme.id)
    assert "Written by Fleetward, not imported" in body(client, again)
    client.post(f"{again}start/")
    work(cast.acme.id)
    assert stored(cast.acme.id)["Dell", "XYZ1234", ""].name == "=PC-2"


def test_a_refusal_names_its_column_and_what_to_do_in_every_download(
    client: Client, cast: Cast, here: str
) -> None:
    found = imported(worker(cast.acme.id), cast.acme.id, TOO_LONG)
    for name in ("refused.csv", "outcomes.csv"):
        data = downloaded(client, f"{here}{found.summary.uid}/{name}").decode("utf-8-sig")
        line = data.splitlines()[-1]
        assert line.startswith("3,XYZ1234,Dell,LLL")
        assert line.endswith("Site: A value is too long. Shorten it.")


def test_e12_refused_rows_are_named_with_their_column_before_and_after_the_import(
    client: Client, cast: Cast, here: str
) -> None:
    """The first of each reason and column; the file has them all."""
    rows = [(f"ABC{n:04}", "Dell", "L" * 300 if n % 2 else "Lyon") for n in range(16)]
    data = csv_of([*rows, ("none", "Dell", ""), ("XYZ1234", "", "")], ["Serial", "Make", "Site"])
    there = send(client, here, data)
    said = (
        "8 A value is too long Rows 3, 5, 7, 9, 11 and 3 more (Site) Shorten it.",
        "1 Placeholder instead of a serial number Row 18 (Serial)",
        "1 No manufacturer Row 19 (Make)",
    )
    for following in ("The first refused rows are named here", "names all of them"):
        work(cast.acme.id)
        page = text_of(client.get(there))
        assert [words for words in (*said, following) if words not in page] == []
        client.post(f"{there}start/")
    refused = downloaded(client, f"{there}refused.csv").decode("utf-8-sig").splitlines()[1:]
    numbers = [int(line.split(",")[0]) for line in refused]
    assert numbers == [*range(3, 18, 2), 18, 19]


def test_the_summary_is_the_same_as_csv_and_xlsx(client: Client, cast: Cast, here: str) -> None:
    found = imported(worker(cast.acme.id), cast.acme.id, LIST)
    there = f"{here}{found.summary.uid}/"
    lines = downloaded(client, f"{there}outcomes.csv").decode("utf-8-sig").splitlines()
    book = python_calamine.load_workbook(io.BytesIO(downloaded(client, f"{there}outcomes.xlsx")))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(lines) == len(rows) == 4
    assert [row[-2] for row in rows] == ["Import outcome", "New", "Refused", "New"]
    assert downloaded(client, f"{there}outcomes.csv") == downloaded(client, f"{there}outcomes.csv")


def test_rows_that_were_removed_are_offered_no_more_and_their_outcomes_are(
    client: Client, cast: Cast, here: str
) -> None:
    found = imported(worker(cast.acme.id), cast.acme.id, LIST)
    there = f"{here}{found.summary.uid}/"
    assert "refused.csv" in body(client, there)
    remove_old_rows(tenant=cast.acme.id, now=utc_now() + timedelta(days=31))
    page = body(client, there)
    assert "The rows of the file were removed on" in page
    assert "refused." not in page
    assert "outcomes.xlsx" in page
    assert "were removed on" in body(client, f"{there}refused.csv", 409)
    assert len(downloaded(client, f"{there}outcomes.csv").splitlines()) == 4


def test_rows_were_removed_on_a_day_of_the_tenant_as_pages_write_days(
    client: Client, cast: Cast, here: str
) -> None:
    there = f"{here}{imported(worker(cast.acme.id), cast.acme.id, LIST).summary.uid}/"
    Tenant.objects.filter(id=cast.acme.id).update(time_zone="Pacific/Auckland")
    with tenant_scope([cast.acme.id]):
        ImportRun.objects.update(rows_removed_at=datetime(2026, 12, 28, 23, tzinfo=UTC))
    assert "29 Dec 2026" in body(client, there)
    assert "removed on 29 Dec 2026." in body(client, f"{there}refused.csv", 409)


def test_l7_a_french_reader_gets_french_reasons(cast: Cast, here: str) -> None:
    found = imported(worker(cast.acme.id), cast.acme.id, LIST)
    cast.device_admin.language = "fr"
    cast.device_admin.save()
    client = signed_in(cast.device_admin)
    data = downloaded(client, f"{here}{found.summary.uid}/refused.csv").decode("utf-8-sig")
    assert "Motif du refus" in data.splitlines()[0]


def test_v1_imports_of_another_tenant_do_not_exist(client: Client, cast: Cast, here: str) -> None:
    theirs = imported(worker(cast.other.id), cast.other.id, LIST).summary.uid
    never = "00000000-0000-4000-8000-000000000000"
    for path in ("", "progress/", "refused.csv", "outcomes.xlsx"):
        pages = [
            re.sub(r"\b\w{64}\b", "", body(client, f"{here}{uid}/{path}", 404))
            for uid in (theirs, never)
        ]
        assert pages[0].replace(str(theirs), never) == pages[1]
    for verb in ("columns", "start", "cancel"):
        assert client.post(f"{here}{theirs}/{verb}/").status_code == 404


def test_a_reader_may_not_import(cast: Cast, here: str) -> None:
    client = signed_in(cast.reader)
    assert client.get(here).status_code == 403
    assert client.post(f"{here}new/", {}).status_code == 403
