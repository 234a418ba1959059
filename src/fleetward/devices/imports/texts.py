"""What a refusal and a hint say, and what to do about them. Doors translate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleetward.devices.contracts import HintCode, Refusal
from fleetward.kernel.texts import N_


@dataclass(frozen=True, slots=True)
class Told:
    """What happened, and what to do."""

    text: str
    fix: str


REFUSAL_TEXTS: Mapping[str, Told] = {
    Refusal.MISSING_SERIAL: Told(
        N_("No serial number"),
        N_("Fill in the serial number, or delete the row."),
    ),
    Refusal.JUNK_SERIAL: Told(
        N_("Placeholder instead of a serial number"),
        N_("Replace it with the number on the machine's label; firmware often holds filler text."),
    ),
    Refusal.SCIENTIFIC_NOTATION: Told(
        N_("The spreadsheet turned the serial number into a scientific number"),
        N_("Digits are lost. Format the column as text and enter the serial number again."),
    ),
    Refusal.DATE_LIKE_SERIAL: Told(
        N_("The spreadsheet turned the serial number into a date"),
        N_("Format the column as text and enter the serial number again."),
    ),
    Refusal.INVISIBLE_CHARACTERS: Told(
        N_("Invisible characters in the serial number"),
        N_("Type the serial number again instead of pasting it."),
    ),
    Refusal.SERIAL_TOO_LONG: Told(
        N_("The serial number is too long"),
        N_("Check that the column holds one serial number in each row."),
    ),
    Refusal.MISSING_MANUFACTURER: Told(
        N_("No manufacturer"),
        N_("Fill in the manufacturer, or choose one for all rows that name none."),
    ),
    Refusal.VALUE_TOO_LONG: Told(
        N_("A value is too long"),
        N_("Shorten the value in the column that is named."),
    ),
    Refusal.DUPLICATE_ROW: Told(
        N_("A later row names the same device"),
        N_("Nothing to do if the later row is right; otherwise keep only the right one."),
    ),
    Refusal.AMBIGUOUS_SERIAL: Told(
        N_("Several devices have this serial number"),
        N_("Add the product number, so that it is clear which one is meant."),
    ),
}

HINT_TEXTS: Mapping[str, Told] = {
    HintCode.LOOK_ALIKE: Told(
        N_("Letters that look like digits"),
        N_("This manufacturer uses neither O nor I: check for 0 and 1."),
    ),
    HintCode.FOREIGN_LETTERS: Told(
        N_("Letters of another alphabet"),
        N_("Type the serial number again; letters that look the same are not the same."),
    ),
    HintCode.INNER_SPACE: Told(
        N_("A space within the serial number"),
        N_("Check that the cell holds one serial number and nothing else."),
    ),
    HintCode.UNUSUAL_LENGTH: Told(
        N_("An unusual length for this manufacturer"),
        N_("Compare it with the label of the machine."),
    ),
    HintCode.LEADING_ZEROS_LOST: Told(
        N_("Leading zeros may be lost"),
        N_("Format the column as text and enter the serial number again."),
    ),
    HintCode.EXPRESS_SERVICE_CODE: Told(
        N_("This looks like an Express Service Code"),
        N_("Give the Service Tag (7 letters and digits) instead."),
    ),
    HintCode.UNKNOWN_COUNTRY: Told(
        N_("Unknown country"),
        N_("Use a country name in English or French, or its two-letter code."),
    ),
    HintCode.UNREADABLE_DATE: Told(
        N_("A date that cannot be read"),
        N_("Write dates as 2026-03-31."),
    ),
    HintCode.AMBIGUOUS_DATE: Told(
        N_("A date that can be read in two ways"),
        N_("Write dates as 2026-03-31."),
    ),
}
