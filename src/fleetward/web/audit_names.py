"""What the details of the trail are called. Programs get the names as they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fleetward.devices.texts import FIELD_LABELS
from fleetward.warranty.contracts import Reason
from fleetward.warranty.texts import OUTCOME_LABELS, outcome_label

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

NAMES: dict[str, StrPromise] = {
    **FIELD_LABELS,
    "address_digest": _("Digest of the address"),
    "bytes": _("Size in bytes"),
    "call": pgettext_lazy("of a program", "Call"),
    "changed": _("Changed"),
    "changed_since": _("Changed since"),
    "checked_at": _("Checked"),
    "client_id": _("Client ID"),
    "client_secret": _("Client secret"),
    "codes_left": _("Codes left"),
    "columns": _("Columns"),
    "conditions": _("Conditions"),
    "created_at": _("Added"),
    "default_role": _("First view for"),
    "delivery": _("Delivery"),
    "description": _("Description"),
    "device": _("Device"),
    "devices": _("Devices"),
    "digest": _("Digest"),
    "done": _("Done"),
    "duplicate": _("Duplicates"),
    "ended_before": _("Ended before"),
    "ends_from": _("End from"),
    "ends_on": _("End"),
    "ends_to": _("End to"),
    "entries_after": _("Entries afterwards"),
    "entries_before": _("Entries before"),
    "every_days": _("Every so many days"),
    "except_manufacturers": _("All manufacturers but"),
    "expires_at": _("Expires"),
    "expiring_days": _("Days for Expiring"),
    "failed": _("Failed"),
    "failed_by_reason": _("Failed by reason"),
    "fields": _("Fields"),
    "file": _("File"),
    "files": _("Files"),
    "filter": _("Filter"),
    "flaws": _("Gaps and doubles"),
    "format": _("Format"),
    "found": _("Found"),
    "gone": _("Gone"),
    "group": _("Group"),
    "groups": _("Groups"),
    "has_scheduled_runs": _("Scheduled runs"),
    "host": _("Host"),
    "imports": _("Imports"),
    "in_use_from": _("In use since"),
    "is_active": _("Active"),
    "is_archived": _("Archived"),
    "is_checked": _("Checked"),
    "is_enabled": _("Switched on"),
    "is_ok": _("Passed"),
    "is_rolling": _("No end date"),
    "is_shared": _("Shared"),
    "is_simulated": _("Simulated"),
    "key_id": _("Key ID"),
    "kind": _("Kind"),
    "kinds": _("Kinds"),
    "language": _("Language"),
    "latest_error": _("Latest problem"),
    "made_at": _("Made"),
    "manufacturers": _("Manufacturers"),
    "members": _("Members"),
    "models": _("Models"),
    "new": _("New"),
    "new_secret": _("With the new secret"),
    "new_secrets": _("New secrets"),
    "next_on": _("Next night"),
    "not_found": _("Not found"),
    "number": _("Number"),
    "organisation": _("Organisation"),
    "origin": _("Origin"),
    "other_models": _("All other models"),
    "outcomes_sha256": _("Digest of the outcomes"),
    "private_key": _("Private key"),
    "problem": _("Problem"),
    "reason": _("Reason"),
    "reasons": _("Reasons"),
    "refused": _("Refused"),
    "archive_days": _("Archive deleted devices"),
    "reminder_days": _("Days of reminders"),
    "reminders": _("Reminders"),
    "removed": _("Removed"),
    "role": _("Role"),
    "rows": _("Rows"),
    "selected": _("Selected"),
    "selection": _("Selection"),
    "service_level": _("Service level"),
    "settings": _("Settings"),
    "sha256": _("Digest of the file"),
    "ships_on": _("Shipped"),
    "simulated": _("Simulated"),
    "skipped": _("Skipped"),
    "skipped_by_reason": _("Skipped by reason"),
    "source": _("Source"),
    "starts_on": _("Start"),
    "state": _("State"),
    "status": _("Coverage"),
    "statuses": _("Coverage"),
    "takes_back": _("Takes back"),
    "text": _("Text"),
    "time_zone": _("Time zone"),
    "unchanged": _("Unchanged"),
    "undoes": _("Undoes"),
    "updated_at": _("Changed"),
    "version": _("Version"),
    "with_key": _("With sealing keys"),
}


def name_text(name: str) -> str:
    """A field, or how a device of a run ended, in words; what is not known, as it stands."""
    if name in NAMES:
        return str(NAMES[name])
    is_outcome = name in OUTCOME_LABELS or name in set(Reason)
    return outcome_label(name) if is_outcome else name
