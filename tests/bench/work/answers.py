"""Recording what a vendor said, in the batches in which a run stores it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.answers import store_answers
from fleetward.warranty.actions.lanes import STORE_DEVICES
from fleetward.warranty.contracts import (
    Answer,
    AnswerKind,
    DeviceKey,
    Entitlement,
    EntitlementKind,
)

SOURCE = "dell"
KINDS = (EntitlementKind.BASE, EntitlementKind.EXTENSION, EntitlementKind.CONTRACT)
LEVELS = ("ND", "Next Business Day"), ("PS", "ProSupport Onsite"), ("CC", "Carry-In Service")
FIRST_DAY = date(2021, 1, 1)


def record_answers(tenant: int) -> dict[str, object]:
    """An answer for every device of a tenant; seconds of storing them, not of making them."""
    seconds, recorded = 0.0, 0
    for devices in _slices(tenant):
        answers = [(number, _answer(number, serial), False) for number, serial in devices]
        began = time.perf_counter()
        with tenant_scope([tenant]):
            store_answers(tenant=tenant, source=SOURCE, answers=answers, now=utc_now())
        seconds += time.perf_counter() - began
        recorded += len(answers)
    return {"seconds": seconds, "answers": recorded}


def _slices(tenant: int) -> Iterator[list[tuple[int, str]]]:
    latest = 0
    query = (
        "SELECT id, serial FROM devices_device"
        " WHERE tenant_id = %s AND id > %s ORDER BY id LIMIT %s"
    )
    while True:
        with tenant_scope([tenant]):
            rows = sql.fetch_text(query, [tenant, latest, STORE_DEVICES])
        if not rows:
            return
        latest = rows[-1][0]
        yield [(number, serial) for number, serial in rows]


def _answer(device: int, serial: str) -> Answer:
    """Two to four lines, with the vendor's own JSON of the usual size beside them."""
    dice = device * 2_654_435_761 % 2**32
    lines = tuple(_line(dice >> shift, shift) for shift in range(2 + device % 3))
    asset = {
        "id": device,
        "serviceTag": serial,
        "shipDate": f"{FIRST_DAY}T00:00:00Z",
        "productLineDescription": "Latitude 5450",
        "countryCode": "FR",
        "invalid": False,
        "entitlements": [
            {
                "itemNumber": line.number,
                "startDate": f"{line.starts_on}T00:00:00.000Z",
                "endDate": f"{line.ends_on}T00:00:00.000Z",
                "entitlementType": line.kind,
                "serviceLevelCode": line.code,
                "serviceLevelDescription": line.name,
            }
            for line in lines
        ],
    }
    payload = msgspec.json.encode(asset)
    return Answer(DeviceKey(serial), AnswerKind.FOUND, None, lines, "", FIRST_DAY, payload)


def _line(dice: int, place: int) -> Entitlement:
    code, name = LEVELS[dice % len(LEVELS)]
    starts_on = FIRST_DAY + timedelta(days=dice % 1_800)
    return Entitlement(
        source=SOURCE,
        code=code,
        name=name,
        kind=KINDS[place % len(KINDS)],
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=365 * (1 + dice % 4)),
        service_level=name,
        number=f"{700 + dice % 290}-{code}{place}",
    )
