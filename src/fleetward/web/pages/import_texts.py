"""Words of imports: states, outcomes, and the reasons of refused rows."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fleetward.devices.imports.contracts import ImportState, Outcome
from fleetward.devices.texts import FIELD_LABELS, REFUSAL_TEXTS
from fleetward.web.advice import refusal_told
from fleetward.web.components.shapes import Tone

STATES = {
    ImportState.UPLOADED: (_("Waiting to be read"), Tone.INFO, "clock"),
    ImportState.ANALYSING: (_("Being read"), Tone.INFO, "loader-2"),
    ImportState.READY: (_("Ready to check"), Tone.WARN, "list-check"),
    ImportState.RUNNING: (_("Being imported"), Tone.INFO, "loader-2"),
    ImportState.CANCELLING: (_("Being cancelled"), Tone.QUIET, "loader-2"),
    ImportState.DONE: (_("Imported"), Tone.GOOD, "circle-check"),
    ImportState.REFUSED: (_("File refused"), Tone.BAD, "file-alert"),
    ImportState.FAILED: (_("Failed"), Tone.BAD, "alert-circle"),
    ImportState.CANCELLED: (_("Cancelled"), Tone.QUIET, "circle-x"),
}
OUTCOMES = {
    Outcome.NEW: (_("New"), Tone.GOOD, "plus"),
    Outcome.CHANGED: (_("Changed"), Tone.INFO, "edit"),
    Outcome.UNCHANGED: (_("Unchanged"), Tone.QUIET, "check"),
    Outcome.REFUSED: (_("Refused"), Tone.BAD, "circle-x"),
    Outcome.SKIPPED: (_("Skipped"), Tone.QUIET, "circle-dashed"),
}
# Beside a number; some languages then want the plural.
FIGURE_LABELS = {
    Outcome.NEW: pgettext_lazy("number of rows", "New"),
    Outcome.CHANGED: pgettext_lazy("number of rows", "Changed"),
    Outcome.UNCHANGED: pgettext_lazy("number of rows", "Unchanged"),
    Outcome.REFUSED: pgettext_lazy("number of rows", "Refused"),
    Outcome.SKIPPED: pgettext_lazy("number of rows", "Skipped"),
}
SEPARATORS = {";": _("semicolon"), ",": _("comma"), "\t": _("tab")}


def field_label(field: str) -> str:
    return str(FIELD_LABELS.get(field, field))


def reasons() -> Mapping[str, str]:
    """Refusals in sentences. Made before a file is written: the language ends with the view."""
    return {code: refusal_told(code).sentences for code in REFUSAL_TEXTS}
