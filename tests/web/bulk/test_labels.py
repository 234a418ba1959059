"""Labels over pages: of selected devices or of one, as a PDF whose codes open the devices."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pypdfium2
import pytest
import zxingcpp
from django.http import HttpResponse

from fleetward.audit.models import Entry
from fleetward.devices.actions import delete_devices
from fleetward.devices.bulk.contracts import NothingSelected
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.exports.actions import print_labels, printing
from fleetward.warranty.exports.contracts import TooManyLabels
from fleetward.warranty.models import Coverage
from fleetward.web.pages import selection_labels
from tests.web.bulk.shop import Shop
from tests.web.reading import text_of


def pdf_of(answer: HttpResponse) -> pypdfium2.PdfDocument:
    assert answer.status_code == 200, answer.content
    content = b"".join(answer.streaming_content)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Length"] == str(len(content))
    return pypdfium2.PdfDocument(content)


def codes_of(pdf: pypdfium2.PdfDocument) -> list[str]:
    return [c.text for page in pdf for c in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]


def words_of(pdf: pypdfium2.PdfDocument) -> str:
    text: str = pdf[0].get_textpage().get_text_range()
    return text


def test_selected_devices_get_labels_that_open_their_pages(shop: Shop) -> None:
    devices = shop.add(3, model="Latitude 7450")
    asked = shop.choose("labels", devices[:2])
    page = shop.get(asked["Location"])
    assert "Labels for 2 devices" in page
    assert "A4, 24 labels of 70 × 37 mm (3 × 8)" in page
    assert "A PDF holds up to 250 labels." in page
    pdf = pdf_of(shop.post(asked["Location"], stock="a4-24", first="1"))
    opened = [code.removeprefix("http://127.0.0.1:8000") for code in codes_of(pdf)]
    assert sorted(opened) == sorted(shop.url(f"devices/{uid}/") for uid in shop.uids(devices[:2]))
    assert shop.get_serial(devices[0]) in shop.get(opened[0]) + shop.get(opened[1])
    for word in (shop.get_serial(devices[0]), shop.get_device(devices[1]).name, "Latitude 7450"):
        assert word in words_of(pdf)


def test_the_end_of_warranty_is_on_it_and_a_simulated_one_says_so(shop: Shop) -> None:
    first, second, third, fourth = devices = shop.add(4)
    with tenant_scope([shop.tenant]):
        known = Coverage.objects.filter(device_id=first)
        known.update(ends_on=date(2027, 2, 28), reason="", source="dell")
        known = Coverage.objects.filter(device_id=second)
        known.update(ends_on=date(2028, 3, 1), reason="", source="dell", is_simulated=True)
        endless = Coverage.objects.filter(device_id__in=[third, fourth])
        endless.update(ends_on=date.max, reason="", source="manual")
        Coverage.objects.filter(device_id=fourth).update(is_simulated=True)
    asked = shop.choose("labels", devices)
    words = words_of(pdf_of(shop.post(asked["Location"], stock="a4-24")))
    assert "Warranty until 28 Feb 2027" in words
    assert "Simulated: until 1 Mar 2028" in words
    assert "Simulated: no end date" in words
    assert "Warranty without end date" in words


def test_one_device_has_a_button_of_its_own(shop: Shop) -> None:
    (device,) = shop.add(1)
    page = shop.client.get(shop.url(f"devices/{shop.uids([device])[0]}/")).content.decode()
    assert 'value="labels"' in page
    asked = shop.choose("labels", [device])
    assert "Labels for 1 device" in shop.get(asked["Location"])
    assert len(pdf_of(shop.post(asked["Location"], stock="roll-62"))) == 1


def test_it_is_in_the_trail(shop: Shop) -> None:
    asked = shop.choose("labels", shop.add(2))
    pdf_of(shop.post(asked["Location"], stock="a4-21", first=""))
    with tenant_scope([shop.tenant]):
        entry = Entry.objects.get(verb="device.exported")
    assert entry.details == {"devices": 2, "format": "labels"}


def test_many_devices_are_printed_in_parts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (printing, selection_labels):
        monkeypatch.setattr(place, "MOST_LABELS", 2)
    devices = shop.add(6)
    place = shop.choose("labels", devices)["Location"]
    delete_devices(actor=shop.actor, tenant=shop.tenant, uids=shop.uids(devices[:1]), now=utc_now())
    page = shop.get(place)
    assert "Devices, by name" in page
    assert "1 to 2" in page
    assert "3 to 4" in page
    assert "5 to 5" in page
    assert shop.post(place, stock="a4-24").status_code == 422
    opened: list[str] = []
    for part in ("1", "2", "3"):
        answer = shop.post(place, stock="a4-24", part=part)
        assert answer["Content-Disposition"].endswith(f'-{part}.pdf"')
        opened += codes_of(pdf_of(answer))
    assert len(opened) == len(set(opened)) == 5
    assert shop.post(place, stock="a4-24", part="4").status_code == 422


def test_too_many_for_one_selection_is_told_plainly(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (printing, selection_labels):
        monkeypatch.setattr(place, "MOST_PRINTED", 3)
    asked = shop.choose("labels", shop.add(4))
    for answer in (
        shop.client.get(asked["Location"]),
        shop.post(asked["Location"], stock="a4-24"),
    ):
        assert answer.status_code == 409
        assert "Labels are for 3 devices at most, and 4 are selected." in text_of(answer)
        assert "too_many_labels" in text_of(answer)


def test_too_many_are_refused_whatever_door_they_come_by(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "MOST_PRINTED", 3)
    monkeypatch.setattr(printing, "MOST_LABELS", 2)
    asked = {
        "actor": shop.actor,
        "tenant": shop.tenant,
        "today": utc_now().date(),
        "expiring_days": 90,
        "now": utc_now(),
    }

    def print_of(devices: int, part: int) -> int:
        place = shop.choose("labels", shop.add(devices))["Location"]
        (uid,) = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", place)
        return len(print_labels(**asked, selection=uuid.UUID(uid), part=part))

    assert print_of(3, part=2) == 1
    with pytest.raises(NothingSelected):
        print_of(2, part=2)
    with pytest.raises(TooManyLabels):
        print_of(4, part=1)


def test_a_choice_that_does_not_fit_is_refused(shop: Shop) -> None:
    asked = shop.choose("labels", shop.add(1))
    for wrong in ({"stock": "a4-1"}, {"stock": "a4-24", "first": "0"}, {}):
        assert shop.post(asked["Location"], **wrong).status_code == 422


def test_a_sheet_begins_at_a_label_that_it_has(shop: Shop) -> None:
    asked = shop.choose("labels", shop.add(1))
    answer = shop.post(asked["Location"], stock="a4-21", first="22")
    assert answer.status_code == 422
    assert "The last label of a sheet is 21." in text_of(answer)
    assert len(pdf_of(shop.post(asked["Location"], stock="a4-21", first="21"))) == 1


def test_a_selection_of_somebody_else_is_not_there(shop: Shop) -> None:
    asked = shop.choose("labels", shop.add(1))
    shop.sign_in(shop.cast.admin)
    assert shop.client.get(asked["Location"]).status_code == 404
    assert shop.post(asked["Location"], stock="a4-24").status_code == 404
    shop.sign_in(shop.cast.outsider)
    assert shop.post(asked["Location"], stock="a4-24").status_code == 404


def test_devices_that_were_deleted_meanwhile_have_none(shop: Shop) -> None:
    (device,) = shop.add(1)
    asked = shop.choose("labels", [device])
    delete_devices(actor=shop.actor, tenant=shop.tenant, uids=shop.uids([device]), now=utc_now())
    assert "nothing_selected" in text_of(shop.post(asked["Location"], stock="a4-24"))


@pytest.mark.parametrize("stock", ["a4-24", "letter-30"])
def test_l7_labels_speak_french(shop: Shop, stock: str) -> None:
    (device,) = shop.add(1)
    with tenant_scope([shop.tenant]):
        Coverage.objects.update(ends_on=date(2027, 2, 28), reason="", source="dell")
    shop.cast.device_admin.language = "fr"
    shop.cast.device_admin.save()
    asked = shop.choose("labels", [device])
    assert "Étiquettes pour 1 appareil" in shop.get(asked["Location"])
    words = words_of(pdf_of(shop.post(asked["Location"], stock=stock)))
    assert "jusqu’au" in words
    assert "N° de série" in words
