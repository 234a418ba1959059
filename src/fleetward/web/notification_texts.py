"""What each kind of notification says, in the reader's language when it is read."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.contracts import SinceSelected
from fleetward.notifications.contracts import TOPICS, Kind, Level, NotificationRow, Topic
from fleetward.partners.contracts import Programme
from fleetward.warranty.contracts import RunScope
from fleetward.warranty.texts import SCOPE_LABELS
from fleetward.web.components.cells import day_text, number_text
from fleetward.web.components.shapes import Note, Tone
from fleetward.web.role_texts import PROGRAMMES
from fleetward.web.selection_texts import since_text

SECRET_EXPIRED = gettext_lazy("The %(provider)s secret has expired")
SECRET_EXPIRES_TODAY = gettext_lazy("The %(provider)s secret expires today")
SOME_DELETED = gettext_lazy("Devices deleted: %(done)s of %(devices)s")

EXPORT_OF_SELECTED = ngettext_lazy(
    "The export is ready to download: %(devices)s of %(selected)s selected device (%(format)s)",
    "The export is ready to download: %(devices)s of %(selected)s selected devices (%(format)s)",
    "selected",
)

# W20: what a simulator said is never told without saying so.
SIMULATED = gettext_lazy("%(told)s (answered by a simulator: %(simulated)s)")

# Of a refresh that has a name: that of its view or group, or of a coverage.
NAMED = {
    Kind.REFRESH_DONE: gettext_lazy(
        "Refresh of “%(name)s” finished: %(found)s of %(devices)s found"
    ),
    Kind.REFRESH_PROBLEMS: gettext_lazy(
        "Refresh of “%(name)s” finished with problems: %(found)s of %(devices)s found, "
        "%(failed)s failed"
    ),
    Kind.REFRESH_CANCELLED: gettext_lazy(
        "Refresh of “%(name)s” was cancelled after %(done)s devices"
    ),
    Kind.REFRESH_STOPPED: gettext_lazy(
        "Refresh of “%(name)s” stopped, because its devices are not kept any more. Start it again."
    ),
}

# Of a transfer that takes another one back.
UNDONE = {
    Kind.TRANSFER_READY: ngettext_lazy(
        "An undo of %(rows)s device has been checked and waits",
        "An undo of %(rows)s devices has been checked and waits",
        "rows",
    ),
    Kind.TRANSFER_DONE: ngettext_lazy(
        "Undo of the transfer to %(target)s finished: %(moved)s of %(rows)s device is back",
        "Undo of the transfer to %(target)s finished: %(moved)s of %(rows)s devices are back",
        "rows",
    ),
    Kind.TRANSFER_CANCELLED: ngettext_lazy(
        "Undo of the transfer to %(target)s was cancelled: %(moved)s of %(rows)s device is back",
        "Undo of the transfer to %(target)s was cancelled: %(moved)s of %(rows)s devices are back",
        "rows",
    ),
    Kind.TRANSFER_STOPPED: ngettext_lazy(
        "Undo of the transfer to %(target)s stopped: %(moved)s of %(rows)s device is back",
        "Undo of the transfer to %(target)s stopped: %(moved)s of %(rows)s devices are back",
        "rows",
    ),
}

TEXTS = {
    Kind.IMPORT_READY: gettext_lazy("%(file)s has been checked and waits for you"),
    Kind.IMPORT_DONE: gettext_lazy(
        "%(file)s imported: %(created)s new, %(changed)s changed, %(refused)s refused"
    ),
    Kind.IMPORT_REFUSED: gettext_lazy("%(file)s was refused"),
    Kind.IMPORT_FAILED: gettext_lazy("The import of %(file)s failed"),
    Kind.IMPORT_CANCELLED: gettext_lazy("The import of %(file)s was cancelled after %(done)s rows"),
    Kind.IMPORT_DISCARDED: gettext_lazy(
        "%(file)s was discarded, because nobody started its import for a day. Upload it again."
    ),
    Kind.SERIALS_READY: gettext_lazy(
        "%(file)s has been read: %(found)s of its %(rows)s rows name a device to delete"
    ),
    Kind.SERIALS_REFUSED: gettext_lazy("%(file)s was refused"),
    Kind.IMPORT_UNDONE: gettext_lazy(
        "The import of %(file)s was undone for %(done)s of %(devices)s devices"
    ),
    Kind.RUN_DONE: gettext_lazy("Bulk processing finished: %(found)s of %(devices)s found"),
    Kind.RUN_PROBLEMS: gettext_lazy(
        "Bulk processing finished with problems: %(found)s of %(devices)s found, %(failed)s failed"
    ),
    Kind.RUN_CANCELLED: gettext_lazy("Bulk processing was cancelled after %(done)s devices"),
    Kind.COVERAGE_ENDS: ngettext_lazy(
        "The coverage of %(devices)s device ends soon",
        "The coverage of %(devices)s devices ends soon",
        "devices",
    ),
    Kind.SCHEDULE_FAILED: gettext_lazy("The schedule of “%(name)s” could not start"),
    Kind.REMINDERS_UNSENT: ngettext_lazy(
        "%(reminders)s warranty reminder was due and has not been sent. Ask the operator why.",
        "%(reminders)s warranty reminders were due and have not been sent. Ask the operator why.",
        "reminders",
    ),
    Kind.MAIL_LOST: gettext_lazy(
        "No mail server took the reminder for %(email)s in a day and a half. Ask the operator why."
    ),
    Kind.WEBHOOK_FAILED: gettext_lazy(
        "The webhook “%(name)s” has not taken a message in three days of tries. Check its "
        "receiver, then send the message again."
    ),
    Kind.WEBHOOK_GONE: gettext_lazy(
        "The webhook “%(name)s” was switched off, because its receiver answered that it is gone "
        "for good"
    ),
    Kind.REFRESH_DONE: gettext_lazy(
        "Refresh of selected devices finished: %(found)s of %(devices)s found"
    ),
    Kind.REFRESH_PROBLEMS: gettext_lazy(
        "Refresh of selected devices finished with problems: %(found)s of %(devices)s found, "
        "%(failed)s failed"
    ),
    Kind.REFRESH_CANCELLED: gettext_lazy(
        "Refresh of selected devices was cancelled after %(done)s devices"
    ),
    Kind.REFRESH_STOPPED: gettext_lazy(
        "Refresh of selected devices stopped, because the selection is not kept any more. Select "
        "the devices again."
    ),
    Kind.CONNECTION_REFUSED: gettext_lazy("%(provider)s refused the credentials"),
    Kind.SECRET_EXPIRES: ngettext_lazy(
        "The %(provider)s secret expires in %(days)s day",
        "The %(provider)s secret expires in %(days)s days",
        "days",
    ),
    Kind.DEVICES_DELETED: gettext_lazy("Devices deleted: %(count)s"),
    Kind.DEVICES_EDITED: gettext_lazy("Devices edited: %(done)s of %(devices)s"),
    Kind.DEVICES_RESTORED: gettext_lazy("Devices restored: %(done)s of %(devices)s"),
    Kind.GROUP_FILLED: gettext_lazy("Devices added to %(group)s: %(done)s of %(devices)s"),
    Kind.GROUP_EMPTIED: gettext_lazy("Devices removed from %(group)s: %(done)s of %(devices)s"),
    Kind.BULK_CANCELLED: gettext_lazy("A bulk change was cancelled after %(done)s devices"),
    Kind.BULK_FAILED: gettext_lazy("A bulk change stopped after %(done)s devices"),
    Kind.EXPORT_DONE: ngettext_lazy(
        "The export is ready to download: %(devices)s device (%(format)s)",
        "The export is ready to download: %(devices)s devices (%(format)s)",
        "devices",
    ),
    Kind.EXPORT_FAILED: gettext_lazy("The export as %(format)s failed"),
    Kind.EXPORT_CANCELLED: gettext_lazy("The export as %(format)s was cancelled"),
    Kind.PARTNER_OFFERED: gettext_lazy("%(partner)s asks to be your partner"),
    Kind.CUSTOMER_ACCEPTED: gettext_lazy("%(customer)s has accepted you as its partner"),
    Kind.CUSTOMER_DECLINED: gettext_lazy("%(customer)s has declined you as its partner"),
    Kind.CUSTOMER_ENDED: gettext_lazy("%(customer)s has ended the relation to you"),
    Kind.ENROLMENT_HELD: gettext_lazy(
        "The machine %(serial)s cannot be enrolled yet, because somebody else holds it. It is "
        "enrolled by itself as soon as it is released."
    ),
    Kind.ENROLMENT_LIMITED: gettext_lazy(
        "Too many enrolments were refused: none is looked at for a quarter of an hour. Machines "
        "with an earlier cPIN may be asking."
    ),
    Kind.SUPPORT_OPENED: gettext_lazy("%(customer)s asks for help: %(subject)s"),
    Kind.SUPPORT_ASKED: gettext_lazy("%(customer)s has written more: %(subject)s"),
    Kind.SUPPORT_ANSWERED: gettext_lazy("The operator has answered “%(subject)s”"),
    Kind.SUPPORT_CLOSED: gettext_lazy("The request “%(subject)s” was closed"),
    Kind.SUPPORT_REOPENED: gettext_lazy("The request “%(subject)s” was reopened"),
    Kind.TRANSFER_READY: gettext_lazy("A transfer of %(rows)s rows has been checked and waits"),
    Kind.TRANSFER_REFUSED: gettext_lazy("A transfer was refused, and nothing has moved"),
    Kind.TRANSFER_DISCARDED: gettext_lazy(
        "A transfer was discarded, because nobody started it for a day"
    ),
    Kind.TRANSFER_DONE: gettext_lazy(
        "Transfer to %(target)s finished: %(moved)s of %(rows)s rows moved a device"
    ),
    Kind.TRANSFER_CANCELLED: gettext_lazy(
        "Transfer to %(target)s was cancelled: %(moved)s of %(rows)s rows moved a device"
    ),
    Kind.TRANSFER_STOPPED: gettext_lazy(
        "Transfer to %(target)s stopped: %(moved)s of %(rows)s rows moved a device"
    ),
    Kind.DEVICES_SENT: ngettext_lazy(
        "%(partner)s moved %(devices)s device from here to somewhere else",
        "%(partner)s moved %(devices)s devices from here to somewhere else",
        "devices",
    ),
    Kind.DEVICES_RECEIVED: ngettext_lazy(
        "%(partner)s moved %(devices)s device here",
        "%(partner)s moved %(devices)s devices here",
        "devices",
    ),
    Kind.USER_CERTIFIED: gettext_lazy("%(user)s is certified: %(programme)s"),
    Kind.CERTIFICATION_WITHDRAWN: gettext_lazy(
        "The certification of %(user)s was withdrawn: %(programme)s"
    ),
    Kind.HOLDING_OPENED: gettext_lazy(
        "Unassigned Devices is open: devices that you have resold are found there"
    ),
    Kind.COURSES_DONE: ngettext_lazy(
        "%(file)s was read: %(certified)s line has certified a user",
        "%(file)s was read: %(certified)s lines have certified users",
        "certified",
    ),
    Kind.COURSES_REFUSED: gettext_lazy("%(file)s was refused"),
    Kind.FEED_DONE: gettext_lazy(
        "%(file)s is done: %(held)s of %(rows)s rows brought a device; claimed by another "
        "partner’s feed: %(claimed)s"
    ),
    Kind.FEED_STOPPED: gettext_lazy(
        "%(file)s stopped on the way: %(held)s of %(rows)s rows brought a device"
    ),
    Kind.FEED_REFUSED: gettext_lazy("%(file)s was refused"),
    Kind.DEVICES_FED: ngettext_lazy(
        "%(devices)s device that you have resold came to Unassigned Devices",
        "%(devices)s devices that you have resold came to Unassigned Devices",
        "devices",
    ),
    Kind.LICENCE_IN_ORDER: gettext_lazy("There are seats for all devices again"),
    Kind.LICENCE_OVERENROLLED: ngettext_lazy(
        "Overenrolled: %(devices)s device has no seat of a licence",
        "Overenrolled: %(devices)s devices have no seat of a licence",
        "devices",
    ),
    Kind.LICENCE_SUSPENDED: gettext_lazy(
        "Suspended: all licence keys have ended, and nothing can be added"
    ),
    Kind.LICENCE_ENDS: ngettext_lazy(
        "The licence key with %(seats)s seat ends on %(ends_on)s",
        "The licence key with %(seats)s seats ends on %(ends_on)s",
        "seats",
    ),
}


LEVEL_LABELS = {
    Level.INFO: pgettext_lazy("level", "Information"),
    Level.WARNING: pgettext_lazy("level", "Warning"),
    Level.ERROR: pgettext_lazy("level", "Error"),
}
TOPIC_LABELS = {
    Topic.IMPORTS: gettext_lazy("Imports"),
    Topic.DEVICES: gettext_lazy("Devices"),
    Topic.WARRANTY: gettext_lazy("Warranty"),
    Topic.EXPORTS: gettext_lazy("Exports"),
    Topic.SERVICES: gettext_lazy("External services"),
    Topic.WEBHOOKS: gettext_lazy("Webhooks"),
    Topic.PARTNERS: gettext_lazy("Partners and customers"),
    Topic.TRANSFERS: gettext_lazy("Transfers"),
    Topic.ENROLMENT: gettext_lazy("Enrolment"),
    Topic.SUPPORT: gettext_lazy("Support"),
    Topic.LICENCES: gettext_lazy("Licences"),
}
# What must be allowed for an item to go out by mail: its text was for whoever had the right then.
_NEEDS = {
    Topic.IMPORTS: Capability.IMPORT_DEVICES,
    Topic.DEVICES: Capability.SEE_DEVICES,
    Topic.WARRANTY: Capability.SEE_WARRANTY,
    Topic.EXPORTS: Capability.EXPORT_DEVICES,
    Topic.SERVICES: Capability.SEE_CONNECTIONS,
    Topic.WEBHOOKS: Capability.MANAGE_SETTINGS,
    Topic.TRANSFERS: Capability.SEE_TRANSFERS,
    Topic.ENROLMENT: Capability.SEE_DEVICES,
    Topic.LICENCES: Capability.MANAGE_LICENCES,
}
NEEDS = {kind: need for topic, need in _NEEDS.items() for kind in TOPICS[topic]}


def need_of(kind: Kind) -> Capability:
    """The right without which an item says nothing to its reader any more."""
    return NEEDS.get(kind, Capability.SEE_NOTIFICATIONS)


# What a holding tenant is called (T5).
UNASSIGNED = gettext_lazy("Unassigned Devices")
RESULT = gettext_lazy("Download the result")
_SUMMARY = "summary.csv"
# Where the file of a result lies, below the page that an item leads to.
RESULTS = {
    Kind.EXPORT_DONE: "file/",
    Kind.IMPORT_DONE: "outcomes.csv",
    **dict.fromkeys(
        (
            Kind.RUN_DONE,
            Kind.RUN_PROBLEMS,
            Kind.REFRESH_DONE,
            Kind.REFRESH_PROBLEMS,
            Kind.DEVICES_EDITED,
            Kind.DEVICES_RESTORED,
            Kind.GROUP_FILLED,
            Kind.GROUP_EMPTIED,
        ),
        _SUMMARY,
    ),
}
TONES = {Level.INFO: Tone.INFO, Level.WARNING: Tone.WARN, Level.ERROR: Tone.BAD}


class Shown(int):
    """A number that still chooses between singular and plural, and stands in the reader's form."""

    def __str__(self) -> str:
        return number_text(int(self))


def note_of(row: NotificationRow) -> Note:
    """A notification with its text; numbers in the reader's format."""
    params = {
        name: Shown(value) if isinstance(value, int) else value
        for name, value in row.params.items()
    }
    if scope := row.params.get("scope"):
        params["name"] = SCOPE_LABELS[RunScope(str(scope))]
    if row.params.get("to_holding"):
        params["target"] = str(UNASSIGNED)
    if programme := row.params.get("programme"):
        params["programme"] = PROGRAMMES[Programme(str(programme))]
    if ends_on := row.params.get("ends_on"):
        params["ends_on"] = day_text(date.fromisoformat(str(ends_on)))
    try:
        text = str(_text_of(row) % params)
        if row.params.get("simulated"):
            text = str(SIMULATED % {**params, "told": text})
        if since := _since(row):
            text = f"{text}. {since_text(since)}"
    except KeyError:
        text = str(row.kind)
    result = RESULTS.get(row.kind, "") if row.link else ""
    return Note(
        text,
        row.created_at,
        "",
        row.link,
        TONES[row.level],
        is_unread=not row.is_read,
        download_href=f"{row.link}{result}" if result else "",
        download_label=str(RESULT) if result else "",
        uid=row.uid,
        snoozed_until=row.snoozed_until,
    )


def _text_of(row: NotificationRow) -> Promise:
    if row.kind in NAMED and (row.params.get("name") or row.params.get("scope")):
        return NAMED[row.kind]
    if row.kind in UNDONE and row.params.get("is_undo"):
        return UNDONE[row.kind]
    days = row.params.get("days")
    if row.kind is Kind.SECRET_EXPIRES and isinstance(days, int) and days <= 0:
        return SECRET_EXPIRED if days < 0 else SECRET_EXPIRES_TODAY
    if row.kind is Kind.DEVICES_DELETED and row.params.get("done") != row.params.get("devices"):
        return SOME_DELETED
    if row.kind is Kind.EXPORT_DONE and "selected" in row.params:
        return EXPORT_OF_SELECTED
    return TEXTS[row.kind]


def _since(row: NotificationRow) -> SinceSelected | None:
    """What had become of selected devices, where it is told."""
    told = [row.params.get(name) for name in ("selected", "changed_since", "gone")]
    numbers = [number for number in told if isinstance(number, int)]
    return SinceSelected(*numbers) if len(numbers) == len(told) else None
