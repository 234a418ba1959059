"""Words of resale feeds: states, outcomes of rows, and what to do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fleetward.devices.feeds.contracts import FeedOutcome, FeedState
from fleetward.web.advice import refusal_told
from fleetward.web.components.shapes import Tone

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

STATES = {
    FeedState.READING: (_("Being read"), Tone.INFO, "clock"),
    FeedState.RUNNING: (pgettext_lazy("feed", "Under way"), Tone.INFO, "clock"),
    FeedState.DONE: (pgettext_lazy("feed", "Done"), Tone.GOOD, "circle-check"),
    FeedState.STOPPED: (pgettext_lazy("feed", "Stopped"), Tone.BAD, "circle-x"),
    FeedState.REFUSED: (pgettext_lazy("file", "Refused"), Tone.BAD, "circle-x"),
}
OUTCOMES = {
    FeedOutcome.HELD: (_("Put into Unassigned Devices"), Tone.GOOD, "circle-check"),
    FeedOutcome.ALREADY_HELD: (_("There already"), Tone.QUIET, "check"),
    FeedOutcome.MOVED_ON: (_("Transferred since"), Tone.QUIET, "transfer"),
    FeedOutcome.REMOVED: (_("Deleted by the partner"), Tone.QUIET, "trash"),
    FeedOutcome.CLAIMED: (_("Claimed by two partners"), Tone.WARN, "alert-triangle"),
    FeedOutcome.HELD_ELSEWHERE: (_("Held by a customer"), Tone.WARN, "alert-triangle"),
    FeedOutcome.UNKNOWN_LOCATION: (_("Unknown location"), Tone.BAD, "circle-x"),
    FeedOutcome.NO_HOLDING: (_("Partner not certified"), Tone.WARN, "alert-triangle"),
    FeedOutcome.DUPLICATE: (_("Duplicate"), Tone.QUIET, "copy"),
    FeedOutcome.REFUSED: (_("Refused"), Tone.BAD, "circle-x"),
    FeedOutcome.STOPPED: (pgettext_lazy("row", "Stopped"), Tone.BAD, "circle-x"),
}
_ADVICE: dict[FeedOutcome, StrPromise | str] = {
    FeedOutcome.HELD: "",
    FeedOutcome.ALREADY_HELD: "",
    FeedOutcome.MOVED_ON: _("The partner has transferred it to a customer; it stays there."),
    FeedOutcome.REMOVED: _("The partner has deleted it; the feed does not bring it back."),
    FeedOutcome.CLAIMED: _(
        "The feed of another partner brought it first, and that stands. Find out which of them was "
        "sold this machine."
    ),
    FeedOutcome.HELD_ELSEWHERE: _(
        "A tenant has it that no feed brought it to, for example by enrolment; it stays there."
    ),
    FeedOutcome.UNKNOWN_LOCATION: _(
        "No partner has this location. Correct it, or add the location to its partner, and send "
        "the file again."
    ),
    FeedOutcome.NO_HOLDING: _(
        "Nobody at the partner is certified yet, so that there is no place for it. Send the file "
        "again once somebody is."
    ),
    FeedOutcome.DUPLICATE: _("An earlier row of the file names the same machine."),
    FeedOutcome.STOPPED: _("The feed ended before its turn came. Send the file again."),
}


def advice(outcome: FeedOutcome, refusal: str) -> str:
    """Why a row brought nothing, and what to do."""
    if outcome is FeedOutcome.REFUSED:
        return refusal_told(refusal).sentences
    return str(_ADVICE[outcome])
