"""Exports as workbooks over pages: asked for above the list or in its bar, followed, fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from fleetward.devices.bulk.contracts import BulkKind
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.warranty.exports.actions import make_export
from fleetward.warranty.models import Export
from tests.plugins.variables import SetEnv
from tests.web.bulk.shop import Shop
from tests.web.reading import text_of


@pytest.fixture
def folder(set_env: SetEnv, tmp_path: Path) -> Path:
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))
    return tmp_path


def work(shop: Shop) -> None:
    """What the worker does."""
    with tenant_scope([shop.tenant]):
        export = Export.objects.latest("id")
    make_export(tenant=shop.tenant, export=export.id, clock=utc_now)


def rows_of(content: bytes, folder: Path) -> list[list[object]]:
    path = folder / "fetched.xlsx"
    path.write_bytes(content)
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def test_the_list_as_it_is_shown_becomes_a_workbook(shop: Shop, folder: Path) -> None:
    shop.add(2, location="Lyon")
    shop.add(1, location="Paris")
    page = shop.client.get(shop.url("devices/")).content.decode()
    assert f'formaction="{shop.url("exports/")}"' in page
    query = "where=location%3Ais%3ALyon&cols=name.location&sort=name&dir=desc"
    asked = shop.post("exports/", format="xlsx", query=query)
    assert "is being read, or waits" in shop.get(asked["Location"])
    assert "Cancel" in shop.get(asked["Location"])
    work(shop)
    page = shop.get(asked["Location"])
    assert "Export of devices as Excel" in page
    assert "Download" in page
    assert "Kept until" in page
    answer = shop.client.get(f"{asked['Location']}file/")
    direct = shop.client.get(shop.url(f"devices/export.csv?{query}"))
    content = b"".join(answer.streaming_content)
    head, *rows = rows_of(content, folder)
    assert head == ["Name", "Location", "Simulated"]
    csv = b"".join(direct.streaming_content).decode("utf-8-sig").splitlines()
    assert [row[0] for row in rows] == [line.split(",")[0] for line in csv[1:]]
    assert answer["Content-Length"] == str(len(content))
    assert ".xlsx" in answer["Content-Disposition"]
    assert "Export of devices as Excel" in shop.get("exports/")


def test_selected_devices_become_a_workbook(shop: Shop, folder: Path) -> None:
    devices = shop.add(3)
    asked = shop.choose("excel", devices[:2])
    assert asked.status_code == 302
    work(shop)
    content = b"".join(shop.client.get(f"{asked['Location']}file/").streaming_content)
    assert len(rows_of(content, folder)) == 3


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            "The file holds 2 of 3 selected devices. 1 device was changed after it was selected. "
            "1 device is no longer there.",
        ),
        (
            "fr",
            "Le fichier contient 2 appareils sur 3 sélectionnés. 1 appareil a été modifié depuis "
            "sa sélection. 1 appareil n’est plus présent.",
        ),
    ],
)
def test_what_has_become_of_selected_devices_stands_on_the_page(
    shop: Shop, folder: Path, language: str, told: str
) -> None:
    shop.cast.device_admin.language = language
    shop.cast.device_admin.save()
    one, two, three = shop.add(3)
    asked = shop.choose("excel", [one, two, three])["Location"]
    shop.change(one, location="Lyon")
    shop.run(BulkKind.DELETE, selection=shop.select([two]))
    work(shop)
    assert told in shop.get(asked)
    assert told in text_of(shop.client.get(f"{asked}progress/"))


def test_of_selected_devices_as_they_were_nothing_is_said(shop: Shop, folder: Path) -> None:
    asked = shop.choose("excel", shop.add(2))["Location"]
    work(shop)
    assert "The file holds" not in shop.get(asked)


def test_a_selection_keeps_the_columns_of_the_address(shop: Shop) -> None:
    devices = shop.add(1, location="Lyon")
    asked = shop.choose("export", devices, query="cols=name.location&sort=name")
    answer = shop.client.get(asked["Location"])
    head = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[0]
    assert head == "Name,Location,Simulated"


def test_the_notification_leads_to_the_file(shop: Shop, folder: Path) -> None:
    shop.add(1)
    asked = shop.post("exports/", format="xlsx", query="")
    work(shop)
    with tenant_scope([shop.tenant]):
        note = Notification.objects.get()
    assert note.link == asked["Location"]
    assert "ready to download: 1 device (XLSX)" in shop.get("notifications/")


def test_one_under_way_can_be_cancelled(shop: Shop, folder: Path) -> None:
    shop.add(1)
    asked = shop.post("exports/", format="xlsx", query="")
    shop.post(f"{asked['Location']}cancel/")
    assert "Stopping" in shop.get(asked["Location"])
    work(shop)
    page = shop.get(asked["Location"])
    assert "Cancelled" in page
    assert "Download" not in page
    gone = shop.client.get(f"{asked['Location']}file/")
    assert gone.status_code == 409
    assert "export_not_ready" in text_of(gone)


def test_the_live_part_asks_until_it_is_over(shop: Shop, folder: Path) -> None:
    shop.add(1)
    asked = shop.post("exports/", format="xlsx", query="")
    where = f"{asked['Location']}progress/"
    assert "HX-Refresh" not in shop.client.get(where)
    with tenant_scope([shop.tenant]):
        Export.objects.update(devices=2, written=1)
    assert "is being written" in text_of(shop.client.get(where))
    with tenant_scope([shop.tenant]):
        Export.objects.update(written=2)
    assert "is being packed" in text_of(shop.client.get(where))
    work(shop)
    assert shop.client.get(where)["HX-Refresh"] == "true"


def test_why_there_is_no_file_is_said_in_french_too(shop: Shop, folder: Path) -> None:
    shop.add(1)
    asked = shop.post("exports/", format="csv", query="")
    with tenant_scope([shop.tenant]):
        Export.objects.update(
            state="FAILED",
            problem={
                "code": "export_too_long",
                "text": "The list has {devices} devices, and an Excel sheet holds {most}.",
                "fix": "Export it as CSV, or filter the list and export it in parts.",
                "details": {"devices": 1_200_000, "most": 1_048_575},
            },
        )
    shop.cast.device_admin.language = "fr"
    shop.cast.device_admin.save()
    page = shop.get(asked["Location"])
    assert "une feuille Excel en contient 1048575 au plus" in page
    assert "Exportez-la en CSV" in page
    assert "Export d’appareils en CSV" in page


def test_one_whose_file_is_gone_says_so(shop: Shop, folder: Path) -> None:
    shop.add(1)
    asked = shop.post("exports/", format="csv", query="")
    work(shop)
    with tenant_scope([shop.tenant]):
        Export.objects.update(removed_at=utc_now())
    assert "is not kept any more" in shop.get(asked["Location"])
    assert "Not kept any more" in shop.get("exports/")
    assert shop.client.get(f"{asked['Location']}file/").status_code == 404


def test_another_format_and_another_persons_export_are_not_there(shop: Shop, folder: Path) -> None:
    shop.add(1)
    assert shop.post("exports/", format="pdf", query="").status_code == 404
    asked = shop.post("exports/", format="csv", query="")
    work(shop)
    shop.sign_in(shop.cast.admin)
    for where in ("", "progress/", "file/"):
        assert shop.client.get(f"{asked['Location']}{where}").status_code == 404
    assert "No export yet" in shop.get("exports/")
