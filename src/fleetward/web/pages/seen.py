"""When a thing had changed last as the reader of its form saw it, so that nobody overwrites what
somebody else saved meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms

from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.web.door import Visit
from fleetward.web.errors import in_a_line

NAME = "seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a form sends back. `now_href`: the thing as it is now, where the form is behind it."""

    moment: datetime | None
    now_href: str = ""

    @property
    def text(self) -> str:
        return self.moment.isoformat() if self.moment else ""

    def status_of(self, form: forms.Form) -> int:
        """The status of an answer that shows the form again."""
        if self.now_href:
            return 409
        return 422 if form.errors else 200


def seen_in(visit: Visit) -> datetime | None:
    """What the form that was sent had seen; None where it does not say."""
    try:
        return datetime.fromisoformat(visit.request.POST.get(NAME, ""))
    except ValueError:
        return None


def seen_by(visit: Visit, changed_at: datetime) -> Seen:
    """A form that is opened sees what there is; one that was sent has seen what it says."""
    return Seen(seen_in(visit) if visit.posted is not None else changed_at)


def behind(visit: Visit, form: forms.Form, error: ChangedMeanwhile, changed_at: datetime) -> Seen:
    """Say so above the form. Whoever has read that and sends it again means it."""
    form.add_error(None, in_a_line(error))
    return Seen(changed_at, visit.request.get_full_path())
