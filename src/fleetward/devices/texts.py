"""The words of devices: fields, the programs that lists come from, refusals and hints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from fleetward.devices.contracts import HintCode, Profile, Refusal
from fleetward.kernel.texts import N_

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
    "is_virtual": _("Virtual machine"),
    "plan": _("Plan"),
}
# Names of programs are the same in every language. A list of no program is called nothing.
PROFILE_LABELS: Mapping[Profile, str] = {
    Profile.OTHER: "",
    Profile.FLEETWARD: "Fleetward",
    Profile.SNIPE_IT: "Snipe-IT",
    Profile.INTUNE: "Microsoft Intune",
    Profile.ENTRA: "Microsoft Entra",
    Profile.NETBOX: "NetBox",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong, without a full stop, and what to do. In English: doors translate."""

    text: str
    fix: str

    @property
    def sentences(self) -> str:
        return f"{self.text}. {self.fix}"


REFUSAL_TEXTS: Mapping[str, Advice] = {
    Refusal.MISSING_SERIAL: Advice(
        N_("No serial number"),
        N_("Fill in the serial number, or leave this device out."),
    ),
    Refusal.JUNK_SERIAL: Advice(
        N_("Placeholder instead of a serial number"),
        N_("Replace it with the number on the machine's label; firmware often holds filler text."),
    ),
    Refusal.SCIENTIFIC_NOTATION: Advice(
        N_("The spreadsheet turned the serial number into scientific notation"),
        N_("Digits are lost. Format the column as text and enter the serial number again."),
    ),
    Refusal.DATE_LIKE_SERIAL: Advice(
        N_("The spreadsheet turned the serial number into a date"),
        N_("Format the column as text and enter the serial number again."),
    ),
    Refusal.SPREADSHEET_ERROR: Advice(
        N_("The spreadsheet shows an error instead of the serial number"),
        N_("Correct the formula of the cell, or enter the serial number as text."),
    ),
    Refusal.INVISIBLE_CHARACTERS: Advice(
        N_("Invisible characters in the serial number"),
        N_("Type the serial number again instead of pasting it."),
    ),
    Refusal.SERIAL_TOO_LONG: Advice(
        N_("The serial number is too long"),
        N_("Check that the column holds one serial number in each row."),
    ),
    Refusal.MISSING_MANUFACTURER: Advice(
        N_("No manufacturer"),
        N_("Fill in the manufacturer, or choose one for all rows of a list that name none."),
    ),
    Refusal.VALUE_TOO_LONG: Advice(
        N_("A value is too long"),
        N_("Shorten it."),
    ),
    Refusal.DUPLICATE_ROW: Advice(
        N_("A later row names the same device"),
        N_("Nothing to do if the later row is right; otherwise keep only the right one."),
    ),
    Refusal.AMBIGUOUS_SERIAL: Advice(
        N_("Several devices have this serial number"),
        N_("Add the product number, so that it is clear which one is meant."),
    ),
}

HINT_TEXTS: Mapping[str, Advice] = {
    HintCode.LOOK_ALIKE: Advice(
        N_("Letters that look like digits"),
        N_("This manufacturer uses neither O nor I: check for 0 and 1."),
    ),
    HintCode.FOREIGN_LETTERS: Advice(
        N_("Letters of another alphabet"),
        N_("Type the serial number again; letters that look the same are not the same."),
    ),
    HintCode.INNER_SPACE: Advice(
        N_("A space within the serial number"),
        N_("Check that the cell holds one serial number and nothing else."),
    ),
    HintCode.UNUSUAL_LENGTH: Advice(
        N_("An unusual length for this manufacturer"),
        N_("Compare it with the label of the machine."),
    ),
    HintCode.LEADING_ZEROS_LOST: Advice(
        N_("Leading zeros may be lost"),
        N_("Compare it with the label of the machine; in a list, format the column as text."),
    ),
    HintCode.DECIMAL_TAIL: Advice(
        N_("A number with decimals"),
        N_("The list may have added “.0”: compare it with the label of the machine."),
    ),
    HintCode.EXPRESS_SERVICE_CODE: Advice(
        N_("This looks like an Express Service Code"),
        N_("Give the Service Tag (7 letters and digits) instead."),
    ),
    HintCode.UNKNOWN_COUNTRY: Advice(
        N_("Unknown country"),
        N_("Use a country name in English or French, or its two-letter code."),
    ),
    HintCode.UNREADABLE_DATE: Advice(
        N_("A date that cannot be read"),
        N_("Write dates as 2026-03-31."),
    ),
    HintCode.AMBIGUOUS_DATE: Advice(
        N_("A date that can be read in two ways"),
        N_("Write dates as 2026-03-31."),
    ),
}


def refusal_text(refusal: str, column: str = "") -> str:
    """Where, what and what to do, in English, for doors that speak nothing else; '' for none."""
    if refusal not in REFUSAL_TEXTS:
        return ""
    text = REFUSAL_TEXTS[refusal].sentences
    return f"{column}: {text}" if column else text


def hint_text(code: str) -> str:
    """What to look at and what to do, in English."""
    return HINT_TEXTS[code].sentences
