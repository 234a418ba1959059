"""What was done just now, told on the next page with the way back (design, 14)."""

from __future__ import annotations

from fleetward.web.components.shapes import Tone
from fleetward.web.door import Visit

KEY = "undo"


def offer_undo(
    visit: Visit, text: str, *, href: str = "", details: str = "", tone: Tone = Tone.GOOD
) -> None:
    """Show `text` on the next page; `href` takes it back, `details` is the whole story."""
    visit.request.session[KEY] = {
        "text": text,
        "href": href,
        "details": details,
        "tone": str(tone),
    }
