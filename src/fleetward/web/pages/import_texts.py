"""Words of imports: fields, states, outcomes, and the reasons of refused rows."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from fleetward.devices.contracts import Profile
from fleetward.devices.imports.contracts import ImportState, Outcome
from fleetward.devices.imports.texts import HINT_TEXTS, REFUSAL_TEXTS, Told
from fleetward.web.components.shapes import Tone

FIELD_LABELS = {
    "serial": _("Serial number"),
    "manufacturer": _("Manufacturer"),
    "product_number": _("Product number"),
    "name": _("Device name"),
    "model": _("Model"),
    "assigned_user": _("Assigned user"),
    "asset_tag": _("Asset tag"),
    "location": _("Location"),
    "country": _("Country"),
    "purchased_on": _("Purchase date"),
    "is_virtual": _("Virtual machine"),
}
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
PROFILES = {
    Profile.FLEETWARD: "Fleetward",
    Profile.SNIPE_IT: "Snipe-IT",
    Profile.INTUNE: "Microsoft Intune",
    Profile.ENTRA: "Microsoft Entra",
    Profile.NETBOX: "NetBox",
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
UNKNOWN = Told("", "")


def field_label(field: str) -> str:
    return str(FIELD_LABELS.get(field, field))


def refusal_told(code: str) -> Told:
    """What a refusal says in the reader's language."""
    return _translated(REFUSAL_TEXTS.get(code, UNKNOWN))


def hint_told(code: str) -> Told:
    return _translated(HINT_TEXTS.get(code, UNKNOWN))


def reasons() -> Mapping[str, str]:
    """Refusals in sentences. Made before a file is streamed: the language ends with the view."""
    told = {code: refusal_told(code) for code in REFUSAL_TEXTS}
    return {code: f"{t.text}. {t.fix}" for code, t in told.items()}


def _translated(told: Told) -> Told:
    # An empty msgid would give the catalogue's header.
    return Told(*(gettext(text) if text else "" for text in (told.text, told.fix)))
