"""Words of transfers that every door shows: those of the summary, and what to correct (X6, X13)."""

from __future__ import annotations

from collections.abc import Mapping

from fleetward.kernel.texts import N_
from fleetward.transfers.contracts import RowOutcome

# X6, word for word as people know them; a file in another language says the same.
SUCCESS, FAILED = "Success", "Failed"
_DESCRIPTIONS: Mapping[RowOutcome, str] = {
    RowOutcome.FOUND: "Waiting",
    RowOutcome.MOVED: "Asset successfully created",
    RowOutcome.MERGED: "Asset successfully created",
    RowOutcome.NOT_FOUND: "Device not found",
    RowOutcome.DUPLICATE: "Duplicate row",
    RowOutcome.AMBIGUOUS: "Ambiguous serial number",
    RowOutcome.REFUSED: "Serial number refused",
    RowOutcome.TARGET_GONE: "Customer not available",
    RowOutcome.RIGHT_LOST: "Not allowed any more",
    RowOutcome.CANCELLED: "Transfer cancelled",
    RowOutcome.STOPPED: "Transfer stopped",
    RowOutcome.RETURNED: "Asset successfully returned",
    RowOutcome.CHANGED_SINCE: "Device changed since",
}
_REFUSALS: Mapping[str, str] = {
    "MISSING_SERIAL": "Serial number missing",
    "JUNK_SERIAL": "Not a serial number",
    "SCIENTIFIC_NOTATION": "Serial number in scientific notation",
    "DATE_LIKE_SERIAL": "Serial number turned into a date",
    "SPREADSHEET_ERROR": "Spreadsheet error instead of a serial number",
    "INVISIBLE_CHARACTERS": "Invisible characters in the serial number",
    "SERIAL_TOO_LONG": "Serial number too long",
}


def state_of(outcome: RowOutcome) -> str:
    """The column State of the summary; '' for a row whose turn has not come."""
    if outcome is RowOutcome.FOUND:
        return ""
    return SUCCESS if outcome.is_success else FAILED


def description_of(outcome: RowOutcome, refusal: str = "") -> str:
    """The column State Description of the summary."""
    return _REFUSALS.get(refusal, _DESCRIPTIONS[outcome])


# What to do about a row, by its outcome; of refused ones the advice of devices says it.
ADVICE: Mapping[RowOutcome, str] = {
    RowOutcome.MERGED: N_(
        "The customer listed this serial number already; both are one device now."
    ),
    RowOutcome.NOT_FOUND: N_(
        "There is no active device with this serial number where the transfer began. Check the "
        "number, and that you began on the page of the customer that has the device."
    ),
    RowOutcome.DUPLICATE: N_("An earlier row of the file names the same device. Remove this row."),
    RowOutcome.AMBIGUOUS: N_(
        "Several devices have this serial number. Add a column Manufacturer that tells which one."
    ),
    RowOutcome.TARGET_GONE: N_(
        "The customer ended its relation to you, or its licence keys have ended, so that the "
        "device stayed where it was."
    ),
    RowOutcome.RIGHT_LOST: N_(
        "Whoever started the transfer lost the right meanwhile. Let a partner admin send the row "
        "again."
    ),
    RowOutcome.CANCELLED: N_("The transfer was cancelled before this row. Send it again."),
    RowOutcome.STOPPED: N_("The server stopped the transfer before this row. Send it again."),
    RowOutcome.CHANGED_SINCE: N_(
        "Somebody changed or moved this device after the transfer, so that it stayed where it is."
    ),
}
# What follows from a move, by the code of its line (X5).
EFFECTS: Mapping[str, str] = {
    "MERGED_LISTINGS": N_("Already listed by the customer: they become one device"),
    "SEALED_DEVICES": N_("User, location or asset tag sealed: only the source still reads them"),
    "GROUP_MEMBERSHIPS": N_("Memberships in static groups that end"),
    "COVERAGE_FOLLOWS": N_("Coverage and vendors' answers that go along"),
    "RUN_LOSES": N_("Warranty look-ups of a run under way that are not made any more"),
    "PRESENCE_STAYS": N_(
        "Last signed-in user or location collected: they stay behind, and only the source still "
        "reads them"
    ),
}
