"""Whether companies can sign themselves up now."""

from __future__ import annotations

from fleetward.tenancy.signing_up.queries import get_door
from fleetward.web.mail import is_mail_configured


def is_open() -> bool:
    """The operator lets them, and mails go out."""
    return is_mail_configured() and get_door().is_open
