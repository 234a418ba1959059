"""Words of serial lists: what a row of the file names, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fleetward.devices.serial_lists.contracts import SerialOutcome, SerialRowFound
from fleetward.web.advice import refusal_told
from fleetward.web.components.shapes import Tone

OUTCOMES = {
    SerialOutcome.FOUND: (pgettext_lazy("one row", "Found"), Tone.GOOD, "check"),
    SerialOutcome.NOT_FOUND: (pgettext_lazy("one row", "Not found"), Tone.WARN, "search"),
    SerialOutcome.DUPLICATE: (_("Duplicate"), Tone.QUIET, "copy"),
    SerialOutcome.AMBIGUOUS: (_("Ambiguous"), Tone.WARN, "alert-triangle"),
    SerialOutcome.REFUSED: (_("Refused"), Tone.BAD, "circle-x"),
}
# Beside a number; some languages then want the plural.
FIGURE_LABELS = {
    SerialOutcome.FOUND: pgettext_lazy("number of rows", "Found"),
    SerialOutcome.NOT_FOUND: pgettext_lazy("number of rows", "Not found"),
    SerialOutcome.DUPLICATE: pgettext_lazy("number of rows", "Duplicate"),
    SerialOutcome.AMBIGUOUS: pgettext_lazy("number of rows", "Ambiguous"),
    SerialOutcome.REFUSED: pgettext_lazy("number of rows", "Refused"),
}
_ADVICE = {
    SerialOutcome.FOUND: "",
    SerialOutcome.NOT_FOUND: _("No active device fits this row. Compare what it gives."),
    SerialOutcome.DUPLICATE: _("Another row of the file names the same device."),
    SerialOutcome.AMBIGUOUS: _(
        "Several devices fit this row. Give their manufacturer or product number in the file."
    ),
}


def advice(row: SerialRowFound) -> str:
    """Why the row names no device of its own, and what to do."""
    if row.outcome is SerialOutcome.REFUSED:
        return refusal_told(row.refusal).sentences
    return str(_ADVICE[row.outcome])
