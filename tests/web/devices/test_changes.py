"""Adding, editing, deleting with the security code, restoring, and the page of one device."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client

from fleetward.devices.actions import archive_devices
from fleetward.devices.models import Change, Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.warranty.contracts import Reason
from fleetward.warranty.models import Coverage, Entitlement, Evidence
from tests.bulk import set_up
from tests.cast import NOW, TODAY, Cast, add_devices
from tests.db.devices.fleet import cover, group_of
from tests.web.reading import hidden, signed_in, text_of

pytestmark = pytest.mark.django_db
FORM = {"manufacturer": "Dell Inc.", "serial": "abc1234", "name": "PC-1"}


def uids(cast: Cast, ids: list[int]) -> list[uuid.UUID]:
    with tenant_scope([cast.acme.id]):
        return list(Device.objects.filter(id__in=ids).order_by("id").values_list("uid", flat=True))


def active(cast: Cast) -> int:
    with tenant_scope([cast.acme.id]):
        return Device.objects.filter(is_active=True).count()


def code_in(answer: HttpResponse) -> str:
    body = answer.content.decode()
    return re.findall(r'data-code="(\w+)"', body)[0]


def test_a_device_is_added_by_hand_and_shown(client: Client, here: str) -> None:
    assert client.get(f"{here}add/").status_code == 200
    added = client.post(f"{here}add/", FORM)
    assert added.status_code == 302
    page = text_of(client.get(added["Location"]))
    assert "PC-1" in page
    assert "ABC1234" in page


def test_a_duplicate_leads_to_the_device_that_is_there(client: Client, here: str) -> None:
    form = FORM | {"product_number": "9g0v3et"}
    place = client.post(f"{here}add/", form)["Location"]
    again = client.post(f"{here}add/", form)
    assert again.status_code == 409
    assert f'href="{place}"' in again.content.decode()


def test_e12_a_bad_serial_is_explained_at_its_field(client: Client, here: str) -> None:
    answer = client.post(f"{here}add/", FORM | {"serial": "1.2E+07", "country": "FR"})
    assert answer.status_code == 422
    assert "scientific notation" in text_of(answer)
    assert 'value="1.2E+07"' in answer.content.decode()


def test_editing_saves_and_history_tells(client: Client, here: str) -> None:
    place = client.post(f"{here}add/", FORM)["Location"]
    form = client.get(f"{place}edit/")
    assert 'value="ABC1234"' in form.content.decode()
    client.post(f"{place}edit/", FORM | {"location": "Lyon"})
    assert "Location: – → Lyon" in text_of(client.get(place))


def test_what_somebody_else_changed_meanwhile_is_told_before_it_is_overwritten(
    client: Client, here: str
) -> None:
    place = client.post(f"{here}add/", FORM)["Location"]
    (seen,) = hidden(client.get(f"{place}edit/"), "seen")
    client.post(f"{place}edit/", FORM | {"location": "Lyon", "seen": seen})
    late = client.post(f"{place}edit/", FORM | {"location": "Oslo", "seen": seen})
    assert late.status_code == 409
    assert "This was changed after you opened it." in text_of(late)
    assert 'value="Oslo"' in late.content.decode()
    assert "Oslo" not in text_of(client.get(place))
    (now,) = hidden(late, "seen")
    assert client.post(f"{place}edit/", FORM | {"location": "Oslo", "seen": now})["Location"]
    assert "Location: Lyon → Oslo" in text_of(client.get(place))


class TestUndo:
    """Design 14: what was edited a moment ago is taken back, unless somebody went on from it."""

    @pytest.fixture
    def place(self, client: Client, here: str) -> str:
        return str(client.post(f"{here}add/", FORM | {"location": "Lyon"})["Location"])

    def edited(self, client: Client, place: str, **fields: str) -> str:
        """Where the message about an edit undoes it."""
        client.post(f"{place}edit/", FORM | fields)
        (way,) = re.findall(r'action="([^"]*/undo/[^"]*)"', client.get(place).content.decode())
        return str(way)

    def test_an_edit_is_undone_from_its_message(self, client: Client, place: str) -> None:
        way = self.edited(client, place, location="Oslo", purchased_on="2026-01-31")
        assert client.post(way)["Location"] == place
        page = text_of(client.get(place))
        assert "The device is as it was before the edit." in page
        assert "Location: Oslo → Lyon" in page
        assert "Purchased on: 31 Jan 2026 → –" in page

    def test_a_day_comes_back(self, client: Client, place: str) -> None:
        self.edited(client, place, purchased_on="2026-01-31")
        client.post(self.edited(client, place, purchased_on="2026-02-01"))
        assert "Purchased on: 1 Feb 2026 → 31 Jan 2026" in text_of(client.get(place))

    def test_w17_a_serial_comes_back(self, client: Client, place: str) -> None:
        client.post(self.edited(client, place, serial="XYZ9876"))
        assert "Serial number: XYZ9876 → ABC1234" in text_of(client.get(place))

    def test_a_serial_that_is_taken_stays_changed(
        self, client: Client, here: str, place: str
    ) -> None:
        way = self.edited(client, place, serial="XYZ9876")
        client.post(f"{here}add/", FORM)
        client.post(way)
        page = text_of(client.get(place))
        assert "The device is as it was before the edit." not in page
        assert "XYZ9876 → ABC1234" not in page

    def test_what_changed_since_is_not_overwritten(self, client: Client, place: str) -> None:
        way = self.edited(client, place, location="Oslo")
        client.post(f"{place}edit/", FORM | {"location": "Rome"})
        client.get(place)
        client.post(way)
        page = text_of(client.get(place))
        assert "Nothing was undone: the device has been changed since." in page
        assert "Rome → " not in page

    def test_an_undo_is_done_once(self, client: Client, place: str) -> None:
        way = self.edited(client, place, location="Oslo")
        client.post(way)
        client.get(place)
        client.post(way)
        page = text_of(client.get(place))
        assert "Nothing was undone: the device has been changed since." in page
        assert page.count("Oslo → Lyon") == 1

    def test_nothing_changed_offers_no_undo(self, client: Client, place: str) -> None:
        client.post(f"{place}edit/", FORM | {"location": "Lyon"})
        assert "/undo/" not in client.get(place).content.decode()

    def test_what_no_edit_did_is_not_there(self, client: Client, place: str) -> None:
        assert client.post(f"{place}undo/somewhere-else/").status_code == 404


class TestDeletion:
    """E10: the shown code is typed; what was shown is what goes."""

    @pytest.fixture
    def place(self, cast: Cast, here: str) -> str:
        return f"{here}{uids(cast, add_devices(cast.acme.id, 1))[0]}/"

    def typed(self, page: HttpResponse, code: str = "") -> dict[str, str]:
        return {"token": hidden(page, "token")[0], "security_code": code or code_in(page).lower()}

    def test_from_the_page_of_a_device_and_back(
        self, client: Client, cast: Cast, here: str, place: str
    ) -> None:
        page = client.get(place)
        assert client.post(f"{place}delete/", self.typed(page))["Location"] == here
        assert active(cast) == 0
        assert "Device deleted" in text_of(client.get(here))
        assert "This device is inactive" in text_of(client.get(place))
        assert place in client.get(here, {"state": "inactive"}).content.decode()
        assert client.post(f"{place}restore/")["Location"] == place
        assert active(cast) == 1

    def test_e11_an_archived_one_is_found_and_comes_back(
        self, client: Client, cast: Cast, here: str, place: str
    ) -> None:
        client.post(f"{place}delete/", self.typed(client.get(place)))
        assert "No archived devices" in text_of(client.get(here, {"state": "archived"}))
        later = utc_now() + timedelta(days=cast.acme.settings.archive_days)
        assert archive_devices(tenant=cast.acme.id, clock=lambda: later) == 1
        assert "Archived on" in text_of(client.get(place))
        assert "Archive of deleted devices" in text_of(client.get(place))
        lists = {
            state: place in client.get(here, {"state": state}).content.decode()
            for state in ("", "deleted", "archived", "inactive", "nonsense")
        }
        assert lists == {
            "": False,
            "deleted": False,
            "archived": True,
            "inactive": True,
            "nonsense": False,
        }
        assert "No deleted devices" in text_of(client.get(here, {"state": "deleted"}))
        find = f"{here.removesuffix('devices/')}find/"
        found = client.get(find, {"q": "PC-"}, headers={"HX-Request": "true"})
        assert "Archived" in text_of(found)
        assert place in found.content.decode()
        client.post(f"{place}restore/")
        assert active(cast) == 1
        assert "Archived on" not in text_of(client.get(place))

    def test_e11_a_deleted_one_is_in_no_group(self, client: Client, cast: Cast, place: str) -> None:
        with tenant_scope([cast.acme.id]):
            device = Device.objects.get()
        group_of(cast.acme.id, "Spares", [device.id])
        page = client.get(place)
        assert "Groups Spares" in text_of(page)
        client.post(f"{place}delete/", self.typed(page))
        assert "Spares" not in text_of(client.get(place))

    def test_its_notification_leads_to_the_way_back(
        self, client: Client, cast: Cast, place: str
    ) -> None:
        client.post(f"{place}delete/", self.typed(client.get(place)))
        with tenant_scope([cast.acme.id]):
            link = Notification.objects.get().link
        assert "PC-" in text_of(client.get(link))
        client.post(link)
        assert active(cast) == 1

    def test_a_wrong_code_deletes_nothing_and_another_is_offered(
        self, client: Client, cast: Cast, place: str
    ) -> None:
        again = client.post(f"{place}delete/", self.typed(client.get(place), "NO"))
        assert again.status_code == 422
        assert "not the one that was shown" in text_of(again)
        assert active(cast) == 1
        client.post(f"{place}delete/", self.typed(again))
        assert active(cast) == 0

    def test_the_code_of_one_device_deletes_no_other(
        self, client: Client, cast: Cast, here: str, place: str
    ) -> None:
        (other,) = uids(cast, add_devices(cast.acme.id, 1))
        refused = client.post(f"{here}{other}/delete/", self.typed(client.get(place)))
        assert refused.status_code == 409
        assert active(cast) == 2

    def test_without_a_code_it_is_asked_for(self, client: Client, cast: Cast, place: str) -> None:
        shown = client.post(f"{place}delete/")
        assert (shown.status_code, active(cast)) == (200, 1)
        client.post(f"{place}delete/", self.typed(shown))
        assert active(cast) == 0

    def test_v1_what_is_not_there_is_not_asked_about(self, client: Client, here: str) -> None:
        assert client.post(f"{here}{uuid.uuid4()}/delete/").status_code == 404


class TestDevicePage:
    """Coverage with its reason, any day, lines of cover, evidence."""

    @pytest.fixture
    def device(self, cast: Cast) -> int:
        return add_devices(cast.acme.id, 1)[0]

    @pytest.fixture
    def place(self, cast: Cast, here: str, device: int) -> str:
        return f"{here}{uids(cast, [device])[0]}/"

    def add_line(self, cast: Cast, device: int, **fields: object) -> None:
        line = {"source": "dell", "line_key": "a", "kind": "BASE", "name": "ProSupport"}
        line |= {"recorded_at": NOW, "tenant_id": cast.acme.id, "device_id": device}
        with tenant_scope([cast.acme.id]):
            Entitlement.objects.create(**line | fields)

    def test_w11_an_unknown_says_why_and_what_to_do(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        cover(cast.acme.id, device, reason=Reason.NOT_FOUND_AT_VENDOR)
        told = text_of(client.get(place))
        assert "The vendor does not know this serial number." in told
        assert "look-alikes such as O and 0" in told
        assert 'data-copy="NOT_FOUND_AT_VENDOR"' in client.get(place).content.decode()

    def test_w13_a_failed_try_stands_beside_the_earlier_answer(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        cover(cast.acme.id, device, TODAY)
        with tenant_scope([cast.acme.id]):
            Coverage.objects.filter(device_id=device).update(latest_error=Reason.VENDOR_DOWN)
        assert "The latest try failed: Vendor not reachable" in text_of(client.get(place))

    def test_w18_any_day_can_be_asked_for(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        self.add_line(cast, device, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
        answers = {"2024-12-31": "Covered on", "2025-01-01": "Not covered on"}
        for day, expected in answers.items():
            assert expected in text_of(client.get(place, {"as_of": day}))
        assert client.get(place, {"as_of": "tomorrow"}).status_code == 200

    def test_w9_lines_that_do_not_count_are_shown_as_such(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        end = TODAY + timedelta(days=9)
        self.add_line(cast, device, name="Keep your drive", is_cover=False, ends_on=end)
        self.add_line(cast, device, line_key="b", is_cancelled=True, ends_on=end)
        told = text_of(client.get(place))
        assert "No hardware cover" in told
        assert "Cancelled" in told

    def add_evidence(self, cast: Cast, device: int, body: str, number: int = 0) -> None:
        with tenant_scope([cast.acme.id]):
            Evidence.objects.create(
                tenant_id=cast.acme.id,
                device_id=device,
                source="dell",
                digest=f"{number:064d}",
                body=body,
                fetched_at=NOW,
                seen_at=NOW,
            )

    def test_evidence_is_shown_as_text(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        self.add_evidence(cast, device, '{"tag": "<script>alert(1)</script>"}')
        body = client.get(place).content.decode()
        assert "&lt;script&gt;" in body
        assert "<script>alert" not in body
        assert "Older answers" not in body

    def test_x10_an_answer_to_a_former_owner_is_said_to_be_none_of_ones_own(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        assert "No answer has been stored" in text_of(client.get(place))
        with tenant_scope([cast.acme.id]):
            Coverage.objects.filter(device_id=device).update(checked_at=NOW)
        assert "gave its answer to another owner" in text_of(client.get(place))

    @pytest.mark.parametrize(("length", "is_cut"), [(20_000, False), (20_001, True)])
    def test_long_evidence_says_how_much_of_it_is_shown(
        self, client: Client, cast: Cast, device: int, place: str, length: int, is_cut: bool
    ) -> None:
        self.add_evidence(cast, device, "x" * length)
        body = client.get(place).content.decode()
        assert (body.count("x" * 20_000), "x" * 20_001 in body) == (1, False)
        assert (f"The first 20,000 of {length:,} characters are shown." in body) is is_cut

    def test_older_evidence_and_history_are_behind_links(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        for number in range(41):
            self.add_evidence(cast, device, f"answer {number:03d}", number)
        with tenant_scope([cast.acme.id]):
            for number in range(101):
                Change.objects.create(
                    tenant_id=cast.acme.id,
                    device_id=device,
                    at=NOW,
                    actor=f"who {number:03d}",
                    kind="CHANGED",
                    fields={},
                )
        page, answers, entries = f"{place}?as_of=2026-03-03", [], []
        for _ in range(3):
            body = client.get(page).content.decode()
            answers += re.findall(r"answer (\d+)", body)
            entries = re.findall(r"who (\d+)", body)
            assert ("Added from a list" in body) is (len(entries) == 1)
            older = dict(re.findall(r'href="\?([^"]+)#(history|evidence)"', body))
            by_list = {name: unescape(query) for query, name in older.items()}
            assert all("as_of=2026-03-03" in query for query in by_list.values())
            page = f"{place}?{by_list.get('evidence', '')}"
        assert "evidence" not in by_list
        assert [int(number) for number in answers] == list(range(40, -1, -1))
        assert [int(number) for number in entries] == list(range(100, 0, -1))
        oldest = client.get(f"{place}?{by_list['history']}").content.decode()
        assert re.findall(r"who (\d+)", oldest) == ["000"]
        assert "Added from a list" in oldest
        assert "Older entries" not in oldest

    def test_w17_a_warranty_is_entered_and_released(self, client: Client, place: str) -> None:
        wrong = client.post(
            f"{place}warranty/", {"name": "x", "starts_on": "2027-01-02", "ends_on": "2027-01-01"}
        )
        assert wrong.status_code == 422
        client.post(f"{place}warranty/", {"name": "Local contract", "ends_on": "2030-01-01"})
        told = text_of(client.get(place))
        assert "Local contract" in told
        assert "Release the entered warranty" in told
        client.post(f"{place}warranty/release/")
        told = text_of(client.get(place))
        assert "Release the entered warranty" not in told
        # Its history tells what it was.
        assert "Name: Local contract → –" in told

    def test_refresh_now_asks_the_vendor_or_says_why_not(
        self, client: Client, cast: Cast, place: str
    ) -> None:
        told = text_of(client.post(f"{place}refresh/", follow=True))
        assert "No vendor is asked about this device. External service not set up. Set the" in told
        assert "is being asked" not in told
        set_up(cast.acme.id, "dell")
        assert "The vendor is being asked." in text_of(client.post(f"{place}refresh/", follow=True))

    def test_hints_on_the_serial_are_shown(
        self, client: Client, cast: Cast, device: int, place: str
    ) -> None:
        with tenant_scope([cast.acme.id]):
            Device.objects.filter(id=device).update(serial="ABCO12I")
        assert "Letters that look like digits" in text_of(client.get(place))

    def test_v1_the_page_of_another_tenants_device_does_not_exist(
        self, cast: Cast, place: str
    ) -> None:
        outsider = signed_in(cast.outsider)
        theirs = place.replace(cast.acme.customer_id, cast.other.customer_id)
        for path in (place, f"{place}edit/", theirs, f"{theirs}edit/"):
            assert outsider.get(path).status_code == 404
        for path in ("refresh/", "warranty/", "warranty/release/"):
            assert outsider.post(theirs + path, {"name": "x"}).status_code in {302, 404}
        assert "PC-" not in outsider.get(theirs).content.decode()

    def test_l7_the_page_speaks_french(self, cast: Cast, device: int, place: str) -> None:
        cast.reader.language = "fr"
        cast.reader.save()
        cover(cast.acme.id, device, TODAY)
        page = signed_in(cast.reader, "fr").get(place)
        assert page.status_code == 200
        assert '<html lang="fr"' in page.content.decode()


def test_w17_the_page_of_a_device_tells_of_its_hand_entered_warranty(
    client: Client, cast: Cast, here: str
) -> None:
    (uid,) = uids(cast, add_devices(cast.acme.id, 1))
    form = {"name": "Our contract", "ends_on": "2027-03-03", "number": "C-1"}
    client.post(f"{here}{uid}/warranty/", form)
    client.post(f"{here}{uid}/warranty/", form | {"ends_on": "", "number": "C-2"})
    client.post(f"{here}{uid}/warranty/release/")
    told = text_of(client.get(f"{here}{uid}/"))
    assert "Warranty entered by hand" in told
    assert "Name: – → Our contract" in told
    assert "Hand-entered warranty changed" in told
    assert "Number: C-1 → C-2 · Ends: 3 Mar 2027 → – · No end date: – → yes" in told
    assert "Hand-entered warranty released" in told
    assert "Number: C-2 → –" in told
    logs = text_of(signed_in(cast.admin).get(f"/t/{cast.acme.customer_id}/logs/"))
    assert "Number: C-1 → C-2" in logs
