"""A device as it was typed in: made canonical or refused, and the stored one that it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleetward.devices.contracts import (
    MOST_CHARACTERS,
    BadDevice,
    DeviceInput,
    HintCode,
    Refusal,
)
from fleetward.devices.models import Device
from fleetward.devices.queries.junk import junk_serials
from fleetward.devices.rules import (
    JunkList,
    Maker,
    agreed_maker,
    canonical_product_number,
    canonical_serial,
    clean_text,
    country_code,
    is_virtual_machine,
    meant,
    normalise_manufacturer,
    serial_problem,
)

TEXTS = ("name", "model", "assigned_user", "asset_tag", "location")


def cleaned(
    given: DeviceInput, before: DeviceInput | None = None, *, junk: JunkList | None = None
) -> DeviceInput:
    """The device as it is stored. A serial as it was `before` is not judged again.

    `junk`: the installation's list, for who asks many times.

    Raises: BadDevice, for the first field that is refused.
    """
    texts: Mapping[str, Any] = {name: clean_text(getattr(given, name)) for name in TEXTS}
    maker = normalise_manufacturer(clean_text(given.manufacturer), texts["model"])
    if not maker:
        raise BadDevice("manufacturer", Refusal.MISSING_MANUFACTURER)
    serial = canonical_serial(given.serial)
    is_known = before is not None and before.serial == serial
    problem = None if is_known else serial_problem(serial, junk or JunkList.of(junk_serials()))
    if problem is not None:
        raise BadDevice("serial", problem)
    country = country_code(clean_text(given.country))
    if country is None:
        raise BadDevice("country", HintCode.UNKNOWN_COUNTRY)
    device = replace(
        given,
        manufacturer=maker,
        serial=serial,
        product_number=canonical_product_number(given.product_number),
        country=country,
        is_virtual=given.is_virtual or is_virtual_machine(maker, texts["model"]),
        **texts,
    )
    for name, most in MOST_CHARACTERS.items():
        if len(getattr(device, name)) > most:
            raise BadDevice(name, Refusal.VALUE_TOO_LONG)
    return device


def lock_known(tenant: int, given: DeviceInput) -> Device | None:
    """The stored device that is meant, locked: HP without a model may be HPE's, and the reverse."""
    same = Device.objects.select_for_update().filter(tenant_id=tenant, serial=given.serial)
    stored = {device: Maker(device.manufacturer, device.model) for device in same.order_by("id")}
    devices = meant(Maker(given.manufacturer, given.model), stored).by_product_number
    return next((d for d in devices if d.product_number == given.product_number), None)


def as_known(given: DeviceInput, known: Device) -> DeviceInput:
    """What is entered, of the manufacturer that both agree on."""
    return replace(given, manufacturer=agreed_maker(given.manufacturer, known.manufacturer))
