"""Words of the operator's pages: outcomes of completed courses, states of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fleetward.partners.contracts import CourseFileState, CourseOutcome
from fleetward.web.components.shapes import Tone

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

OUTCOMES = {
    CourseOutcome.CERTIFIED: (pgettext_lazy("user", "Certified"), Tone.GOOD, "circle-check"),
    CourseOutcome.RECORDED: (pgettext_lazy("course", "Recorded"), Tone.INFO, "check"),
    CourseOutcome.KNOWN: (_("Known already"), Tone.QUIET, "copy"),
    CourseOutcome.WRONG_ORDER: (_("Wrong order"), Tone.WARN, "alert-triangle"),
    CourseOutcome.UNKNOWN_USER: (_("Unknown user"), Tone.BAD, "circle-x"),
    CourseOutcome.UNKNOWN_COURSE: (_("Unknown course"), Tone.BAD, "circle-x"),
    CourseOutcome.BAD_DATE: (_("Unreadable date"), Tone.BAD, "circle-x"),
    CourseOutcome.FUTURE_DATE: (_("Date in the future"), Tone.BAD, "circle-x"),
    CourseOutcome.BAD_LINE: (_("Incomplete line"), Tone.BAD, "circle-x"),
}
ADVICE: dict[CourseOutcome, StrPromise | str] = {
    CourseOutcome.CERTIFIED: "",
    CourseOutcome.RECORDED: _("The programme needs further courses."),
    CourseOutcome.KNOWN: "",
    CourseOutcome.WRONG_ORDER: _(
        "A course of the programme was completed after one that has to follow it. It has to be "
        "taken again."
    ),
    CourseOutcome.UNKNOWN_USER: _(
        "No active user of a partner has this address. Let the partner add the user, then send the "
        "file again."
    ),
    CourseOutcome.UNKNOWN_COURSE: _(
        "No programme has this course. Compare it with the courses of the programmes."
    ),
    CourseOutcome.BAD_DATE: _("Give the day as 2026-11-28."),
    CourseOutcome.FUTURE_DATE: _("A course cannot be completed after today."),
    CourseOutcome.BAD_LINE: _("Give an address, a course id and the day."),
}
FILE_STATES = {
    CourseFileState.READING: (_("Being read"), Tone.INFO, "clock"),
    CourseFileState.DONE: (pgettext_lazy("file", "Read"), Tone.GOOD, "circle-check"),
    CourseFileState.REFUSED: (pgettext_lazy("file", "Refused"), Tone.BAD, "circle-x"),
}
