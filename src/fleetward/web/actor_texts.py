"""Names of what acts without a person, in the reader's language; people keep theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SYSTEM_ACTORS: dict[str, StrPromise] = {
    "Archive of deleted devices": gettext_lazy("Archive of deleted devices"),
    "Audit seal": gettext_lazy("Audit seal"),
    "Bulk change": gettext_lazy("Bulk change"),
    "Bulk processing": gettext_lazy("Bulk processing"),
    "Command line": gettext_lazy("Command line"),
    "Demo": gettext_lazy("Demo"),
    "Enrolment": gettext_lazy("Enrolment"),
    "Enrolment by agent": gettext_lazy("Enrolment by agent"),
    "Export": gettext_lazy("Export"),
    "First run": gettext_lazy("First run"),
    "Import": pgettext_lazy("one import", "Import"),
    "Invitations": gettext_lazy("Invitations"),
    "Release of machines that wait": gettext_lazy("Release of machines that wait"),
    "Removal of simulated answers": gettext_lazy("Removal of simulated answers"),
    "Resale feed": gettext_lazy("Resale feed"),
    "Scheduled bulk processing": gettext_lazy("Scheduled bulk processing"),
    "Scheduled refresh": gettext_lazy("Scheduled refresh"),
    "Secret reminders": gettext_lazy("Secret reminders"),
    "Transfer": pgettext_lazy("one transfer", "Transfer"),
    "Vendor health": gettext_lazy("Vendor health"),
    "Warranty reminders": gettext_lazy("Warranty reminders"),
    "Licences": gettext_lazy("Licences"),
    "Webhooks": gettext_lazy("Webhooks"),
}


def actor_text(name: str) -> str:
    """Who did something, as a reader is told."""
    return str(SYSTEM_ACTORS.get(name, name))
