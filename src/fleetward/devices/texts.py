"""What users read for refusals, hints and fields of a device list: what is wrong, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from fleetward.devices.contracts import HintCode, Profile, Refusal

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FIELD_LABELS: dict[str, StrPromise] = {
    "serial": _("Serial number"),
    "manufacturer": _("Manufacturer"),
    "product_number": _("Product number"),
    "name": _("Name"),
    "model": _("Model"),
    "assigned_user": _("Assigned user"),
    "asset_tag": _("Asset tag"),
    "location": _("Location"),
    "country": _("Country"),
    "purchased_on": _("Purchased on"),
}

PROFILE_LABELS: dict[Profile, StrPromise | str] = {
    Profile.OTHER: _("Other list"),
    Profile.FLEETWARD: _("Fleetward export"),
    Profile.SNIPE_IT: "Snipe-IT",
    Profile.INTUNE: "Intune",
    Profile.ENTRA: "Entra",
    Profile.NETBOX: "NetBox",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """A code in plain words: what it means, and what to do."""

    meaning: StrPromise
    fix: StrPromise


REFUSAL_TEXTS: dict[Refusal, Advice] = {
    Refusal.MISSING_SERIAL: Advice(
        _("The row has no serial number."),
        _("Add the serial number from the label or the firmware of the device."),
    ),
    Refusal.JUNK_SERIAL: Advice(
        _("The serial number is a placeholder that many devices show."),
        _("Replace it with the serial number from the label of the device."),
    ),
    Refusal.SCIENTIFIC_NOTATION: Advice(
        _("A spreadsheet turned the serial number into scientific notation; its end is lost."),
        _("Format the column as text, then enter the serial number again from its source."),
    ),
    Refusal.DATE_LIKE_SERIAL: Advice(
        _("A spreadsheet turned the serial number into a date."),
        _("Format the column as text, then enter the serial number again from its source."),
    ),
    Refusal.INVISIBLE_CHARACTERS: Advice(
        _("The serial number contains invisible characters."),
        _("Type the serial number by hand instead of pasting it."),
    ),
    Refusal.SERIAL_TOO_LONG: Advice(
        _("The serial number has more than 80 characters."),
        _("Check that the column holds serial numbers only."),
    ),
    Refusal.MISSING_MANUFACTURER: Advice(
        _("The row has no manufacturer."),
        _("Add it, or choose one manufacturer for all rows that have none."),
    ),
    Refusal.VALUE_TOO_LONG: Advice(
        _("A value is longer than its field."),
        _("Shorten the value in the named column."),
    ),
    Refusal.DUPLICATE_ROW: Advice(
        _("A later row of the list is the same device; that one was taken."),
        _("Keep one row for each device."),
    ),
    Refusal.AMBIGUOUS_SERIAL: Advice(
        _("Several devices with different product numbers have this serial number."),
        _("Add the product number to the row."),
    ),
}

HINT_TEXTS: dict[HintCode, Advice] = {
    HintCode.LOOK_ALIKE: Advice(
        _("The serial number has a letter O or I where this manufacturer uses the digits 0 and 1."),
        _("Compare it with the label of the device."),
    ),
    HintCode.FOREIGN_LETTERS: Advice(
        _("The serial number has letters that only look like A to Z, or accents."),
        _("Type it by hand with plain letters."),
    ),
    HintCode.INNER_SPACE: Advice(
        _("The serial number contains a space."),
        _("Compare it with the label of the device."),
    ),
    HintCode.UNUSUAL_LENGTH: Advice(
        _("Serial numbers of this manufacturer usually have another length."),
        _("Check the manufacturer, and that no character is missing or doubled."),
    ),
    HintCode.LEADING_ZEROS_LOST: Advice(
        _("The serial number is a short number; a spreadsheet may have dropped zeros before it."),
        _("Format the column as text, then compare with the label of the device."),
    ),
    HintCode.EXPRESS_SERVICE_CODE: Advice(
        _("This looks like a Dell express service code."),
        _("Enter the service tag of 7 letters and digits instead."),
    ),
    HintCode.UNKNOWN_COUNTRY: Advice(
        _("The country is not known and was left empty."),
        _("Use a code of two letters, for example FR."),
    ),
    HintCode.UNREADABLE_DATE: Advice(
        _("The purchase date cannot be read and was left empty."),
        _("Write it as year-month-day, for example 2026-03-31."),
    ),
    HintCode.AMBIGUOUS_DATE: Advice(
        _("The purchase date could be day/month or month/day and was left empty."),
        _("Write it as year-month-day, for example 2026-03-31."),
    ),
}
