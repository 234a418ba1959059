"""Words of transfers on pages: states, outcomes, what follows, and what to correct (X13)."""

from __future__ import annotations

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from fleetward.transfers.contracts import Party, RowOutcome, TransferState
from fleetward.transfers.texts import ADVICE, EFFECTS
from fleetward.web.advice import refusal_told
from fleetward.web.components.shapes import Tone

STATES = {
    TransferState.READING: (_("Being read"), Tone.INFO, "loader-2"),
    TransferState.MATCHING: (_("Looking for the devices"), Tone.INFO, "loader-2"),
    TransferState.READY: (_("Ready to check"), Tone.WARN, "list-check"),
    TransferState.RUNNING: (_("Being moved"), Tone.INFO, "loader-2"),
    TransferState.CANCELLING: (_("Being cancelled"), Tone.QUIET, "loader-2"),
    TransferState.DONE: (pgettext_lazy("transfer", "Done"), Tone.GOOD, "circle-check"),
    TransferState.CANCELLED: (_("Cancelled"), Tone.QUIET, "circle-x"),
    TransferState.STOPPED: (pgettext_lazy("transfer", "Stopped"), Tone.BAD, "alert-circle"),
    TransferState.REFUSED: (_("File refused"), Tone.BAD, "file-alert"),
    TransferState.DISCARDED: (_("Discarded"), Tone.QUIET, "circle-x"),
}
OUTCOMES = {
    RowOutcome.FOUND: (pgettext_lazy("number of rows", "Found"), Tone.GOOD, "check"),
    RowOutcome.MOVED: (_("Moved"), Tone.GOOD, "circle-check"),
    RowOutcome.MERGED: (_("Moved and merged"), Tone.GOOD, "circle-check"),
    RowOutcome.NOT_FOUND: (pgettext_lazy("number of rows", "Not found"), Tone.WARN, "search"),
    RowOutcome.DUPLICATE: (pgettext_lazy("number of rows", "Duplicate"), Tone.QUIET, "copy"),
    RowOutcome.AMBIGUOUS: (
        pgettext_lazy("number of rows", "Ambiguous"),
        Tone.WARN,
        "alert-triangle",
    ),
    RowOutcome.REFUSED: (pgettext_lazy("number of rows", "Refused"), Tone.BAD, "circle-x"),
    RowOutcome.TARGET_GONE: (_("Customer not available"), Tone.BAD, "alert-circle"),
    RowOutcome.RIGHT_LOST: (_("Not allowed any more"), Tone.BAD, "lock"),
    RowOutcome.CANCELLED: (pgettext_lazy("number of rows", "Cancelled"), Tone.QUIET, "circle-x"),
    RowOutcome.STOPPED: (pgettext_lazy("number of rows", "Stopped"), Tone.BAD, "alert-circle"),
    RowOutcome.RETURNED: (_("Moved back"), Tone.GOOD, "arrow-back-up"),
    RowOutcome.CHANGED_SINCE: (_("Changed since"), Tone.WARN, "edit"),
}


def place_name(party: Party) -> str:
    """What people know a tenant of a transfer by (X2)."""
    return gettext("Unassigned Devices") if party.is_holding else party.name


def advice(outcome: RowOutcome, refusal: str) -> str:
    """What to do about a row, in the reader's language; '' for nothing."""
    if refusal:
        return refusal_told(refusal).sentences
    text = ADVICE.get(outcome, "")
    return gettext(text) if text else ""


def effect_label(code: str) -> str:
    """What follows from a move; a code that we do not know stands for itself."""
    text = EFFECTS.get(code, "")
    return gettext(text) if text else code
