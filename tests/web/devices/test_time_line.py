"""The entitlements of a device on the time line of its page."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.manual import enter_warranty
from fleetward.warranty.contracts import ManualWarranty
from tests.cast import Cast, actor_of, add_devices
from tests.web.reading import text_of

pytestmark = pytest.mark.django_db
LINE = re.compile(r'<div class="fw-gantt" role="group" aria-label="([^"]+)">(.*?)</ul>', re.S)
DAYS = re.compile(r'<time datetime="([^"]+)">')


@pytest.fixture
def uid(cast: Cast) -> str:
    """A device of which nothing is known yet."""
    (device,) = add_devices(cast.acme.id, 1)
    with tenant_scope([cast.acme.id]):
        return str(Device.objects.get(id=device).uid)


def test_the_page_of_a_device_shows_its_entitlement_with_its_days_on_a_time_line(
    client: Client, cast: Cast, here: str, uid: str
) -> None:
    enter_warranty(
        actor=actor_of(cast.device_admin),
        tenant=cast.acme.id,
        device_uid=uid,
        warranty=ManualWarranty("Contract 7", date(2024, 3, 1), date(2199, 2, 28)),
        now=utc_now(),
    )
    ((caption, line),) = LINE.findall(client.get(f"{here}{uid}/").content.decode())
    assert caption == "Entitlements on a time line"
    assert "<strong>Contract 7</strong>" in line
    assert DAYS.findall(line) == ["2024-03-01", "2199-02-28"]
    assert line.count('<rect class="is-active" x=') == 2, "one bar, and one in the legend"


def test_a_device_without_entitlements_has_no_time_line(
    client: Client, here: str, uid: str
) -> None:
    page = client.get(f"{here}{uid}/")
    assert "No entitlement" in text_of(page)
    assert not LINE.findall(page.content.decode())
