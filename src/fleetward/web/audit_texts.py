"""What entries of the trail say to a reader: the verb in words, the details as pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.audit.contracts import Verb
from fleetward.web.audit_names import name_text
from fleetward.web.components.cells import number_text

TEXTS = {
    Verb.USER_ADDED: gettext_lazy("User added"),
    Verb.USER_INVITED: gettext_lazy("User invited"),
    Verb.USER_INVITATION_WITHDRAWN: gettext_lazy("Invitation withdrawn"),
    Verb.USER_JOINED: gettext_lazy("Invitation accepted"),
    Verb.USER_LISTED: gettext_lazy("User listed without access"),
    Verb.USER_ROLE_CHANGED: gettext_lazy("Role changed"),
    Verb.USER_DISABLED: gettext_lazy("User disabled"),
    Verb.USER_ENABLED: gettext_lazy("User enabled"),
    Verb.USER_REMOVED: gettext_lazy("User removed"),
    Verb.ROLE_CREATED: gettext_lazy("Role created"),
    Verb.ROLE_CHANGED: gettext_lazy("Custom role changed"),
    Verb.ROLE_DELETED: gettext_lazy("Role deleted"),
    Verb.PASSWORD_RESET: gettext_lazy("Password reset"),
    Verb.PASSWORD_CHANGED: gettext_lazy("Password changed"),
    Verb.SECOND_FACTOR_ADDED: gettext_lazy("Second factor set up"),
    Verb.SECOND_FACTOR_REMOVED: gettext_lazy("Second factor removed"),
    Verb.PASSKEY_ADDED: gettext_lazy("Passkey added"),
    Verb.PASSKEY_REMOVED: gettext_lazy("Passkey removed"),
    Verb.SIGN_ON_SAVED: gettext_lazy("Identity provider saved"),
    Verb.SIGN_ON_TESTED: gettext_lazy("Identity provider tested"),
    Verb.SIGN_ON_ENABLED: gettext_lazy("Identity provider enabled"),
    Verb.SIGN_ON_DISABLED: gettext_lazy("Identity provider disabled"),
    Verb.SIGN_ON_REMOVED: gettext_lazy("Identity provider removed"),
    Verb.PASSWORDS_ALLOWED: gettext_lazy("Passwords allowed"),
    Verb.PASSWORDS_REFUSED: gettext_lazy("Identity provider made the only way in"),
    Verb.IDENTITY_LINKED: gettext_lazy("Account of the provider linked"),
    Verb.IDENTITY_UNLINKED: gettext_lazy("Account of the provider unlinked"),
    Verb.RECOVERY_CODES_RENEWED: gettext_lazy("Recovery codes renewed"),
    Verb.RECOVERY_CODE_USED: gettext_lazy("Recovery code used"),
    Verb.PROFILE_CHANGED: gettext_lazy("Profile changed"),
    Verb.TOKEN_ISSUED: gettext_lazy("Token created"),
    Verb.TOKEN_REVOKED: gettext_lazy("Token revoked"),
    Verb.TENANT_CREATED: gettext_lazy("Tenant created"),
    Verb.TENANT_SETTINGS_CHANGED: gettext_lazy("Settings changed"),
    Verb.TENANT_COMPANY_CHANGED: gettext_lazy("Company profile changed"),
    Verb.TENANT_SIGNED_UP: gettext_lazy("Company signed up"),
    Verb.SIGN_UP_CHANGED: gettext_lazy("Sign-up opened, closed or changed"),
    Verb.CUSTOMER_CREATED: gettext_lazy("Customer created"),
    Verb.PARTNER_CREATED: gettext_lazy("Partner created"),
    Verb.DEVICE_CLAIMED: gettext_lazy("Device of Unassigned Devices enrolled by its customer"),
    Verb.HOLDING_CREATED: gettext_lazy("Unassigned Devices created"),
    Verb.LOCATION_ADDED: gettext_lazy("Location added"),
    Verb.LOCATION_REMOVED: gettext_lazy("Location removed"),
    Verb.COURSES_CHANGED: gettext_lazy("Courses of programmes changed"),
    Verb.COURSES_RECORDED: gettext_lazy("Completed courses recorded"),
    Verb.FEED_SUBMITTED: gettext_lazy("Resale feed uploaded"),
    Verb.FEED_DONE: gettext_lazy("Resale feed ended"),
    Verb.FEED_RECEIVED: gettext_lazy("Devices received by a resale feed"),
    Verb.ORDERED_ADDED: gettext_lazy("Ordered devices added"),
    Verb.FEED_REFUSED: gettext_lazy("Resale feed refused"),
    Verb.USER_CERTIFIED: gettext_lazy("User certified"),
    Verb.CERTIFICATION_WITHDRAWN: gettext_lazy("Certification withdrawn"),
    Verb.PARTNER_ACCEPTED: gettext_lazy("Partner accepted"),
    Verb.PARTNER_DECLINED: gettext_lazy("Partner declined"),
    Verb.PARTNER_ENDED: gettext_lazy("Relation to the partner ended"),
    Verb.PIN_MADE: gettext_lazy("cPIN made"),
    Verb.PIN_REVOKED: gettext_lazy("cPIN revoked"),
    Verb.ENROLMENT_HELD: gettext_lazy("Machine waits for its enrolment"),
    Verb.ENROLMENT_REGISTERED: gettext_lazy("Machines registered"),
    Verb.PENDING_REMOVED: gettext_lazy("Pending machines removed"),
    Verb.DOMAINS_CHANGED: gettext_lazy("Domains of machines changed"),
    Verb.DOMAIN_REFUSED: gettext_lazy("Enrolment from another domain refused"),
    Verb.PRESENCE_CHANGED: gettext_lazy("Collecting last users and locations changed"),
    Verb.ENROLMENT_LIMITED: gettext_lazy("Too many refused enrolments"),
    Verb.TRANSFER_SUBMITTED: gettext_lazy("Transfer submitted"),
    Verb.TRANSFER_REFUSED: gettext_lazy("Transfer refused"),
    Verb.TRANSFER_DISCARDED: gettext_lazy("Transfer discarded"),
    Verb.TRANSFER_STARTED: gettext_lazy("Transfer started"),
    Verb.TRANSFER_CANCELLED: gettext_lazy("Transfer cancelled"),
    Verb.TRANSFER_EXECUTED: gettext_lazy("Transfer executed"),
    Verb.TRANSFER_SENT: gettext_lazy("Devices moved elsewhere by the partner"),
    Verb.TRANSFER_RECEIVED: gettext_lazy("Devices moved here by the partner"),
    Verb.CONNECTION_SAVED: gettext_lazy("External service saved"),
    Verb.CONNECTION_ENABLED: gettext_lazy("External service switched on"),
    Verb.CONNECTION_DISABLED: gettext_lazy("External service switched off"),
    Verb.CONNECTION_TESTED: gettext_lazy("External service tested"),
    Verb.CONNECTION_PAUSED: gettext_lazy("External service paused"),
    Verb.CONNECTION_SECRET_DISCARDED: gettext_lazy("Waiting secret discarded"),
    Verb.CONNECTION_REMOVED: gettext_lazy("External service removed"),
    Verb.SIMULATED_REMOVED: gettext_lazy("Simulated answers removed"),
    Verb.DEVICE_ADDED: gettext_lazy("Device added"),
    Verb.DEVICE_ENROLLED: gettext_lazy("Device enrolled"),
    Verb.DEVICE_CHANGED: gettext_lazy("Device changed"),
    Verb.DEVICES_DELETED: gettext_lazy("Devices deleted"),
    Verb.DEVICES_RESTORED: gettext_lazy("Devices restored"),
    Verb.DEVICES_ARCHIVED: gettext_lazy("Deleted devices archived"),
    Verb.DEVICES_STORED: gettext_lazy("Devices added and changed"),
    Verb.DEVICES_EDITED: gettext_lazy("Devices edited"),
    Verb.GROUP_FILLED: gettext_lazy("Devices added to a group"),
    Verb.GROUP_EMPTIED: gettext_lazy("Devices removed from a group"),
    Verb.GROUP_CREATED: gettext_lazy("Group created"),
    Verb.GROUP_CHANGED: gettext_lazy("Group changed"),
    Verb.GROUP_DELETED: gettext_lazy("Group deleted"),
    Verb.IMPORT_UPLOADED: gettext_lazy("List uploaded"),
    Verb.IMPORT_STARTED: gettext_lazy("Import started"),
    Verb.IMPORT_FINISHED: gettext_lazy("Import finished"),
    Verb.IMPORT_CANCELLED: gettext_lazy("Import cancelled"),
    Verb.IMPORT_DISCARDED: gettext_lazy("List discarded"),
    Verb.IMPORT_UNDONE: gettext_lazy("Import undone"),
    Verb.IMPORT_ROWS_REMOVED: gettext_lazy("Rows of old lists removed"),
    Verb.VIEW_SAVED: gettext_lazy("View saved"),
    Verb.VIEW_CHANGED: gettext_lazy("View changed"),
    Verb.VIEW_DELETED: gettext_lazy("View deleted"),
    Verb.DEVICES_EXPORTED: gettext_lazy("Devices exported"),
    Verb.EXPORT_FETCHED: gettext_lazy("Exported file downloaded"),
    Verb.LOGS_EXPORTED: gettext_lazy("Logs exported"),
    Verb.LOG_FILTER_SAVED: gettext_lazy("Filter of the logs saved"),
    Verb.LOG_FILTER_CHANGED: gettext_lazy("Filter of the logs changed"),
    Verb.LOG_FILTER_DELETED: gettext_lazy("Filter of the logs deleted"),
    Verb.RUN_STARTED: gettext_lazy("Bulk processing started"),
    Verb.COSTS_CHANGED: gettext_lazy("Replacement costs changed"),
    Verb.SCHEDULE_CHANGED: gettext_lazy("Schedule changed"),
    Verb.SCHEDULE_CREATED: gettext_lazy("Schedule created"),
    Verb.SCHEDULE_DELETED: gettext_lazy("Schedule deleted"),
    Verb.SCHEDULE_FAILED: gettext_lazy("Schedule did not start"),
    Verb.WARRANTY_REMINDED: gettext_lazy("Reminded of the end of coverage"),
    Verb.RUN_FINISHED: gettext_lazy("Bulk processing finished"),
    Verb.RUN_CANCELLED: gettext_lazy("Bulk processing cancelled"),
    Verb.WARRANTY_ENTERED: gettext_lazy("Warranty entered by hand"),
    Verb.WARRANTY_RELEASED: gettext_lazy("Hand-entered warranty released"),
    Verb.NOT_COVER_CHANGED: gettext_lazy("List of what is no cover replaced"),
    Verb.JUNK_SERIALS_CHANGED: gettext_lazy("List of junk serials replaced"),
    Verb.WEBHOOK_ADDED: gettext_lazy("Webhook added"),
    Verb.WEBHOOK_CHANGED: gettext_lazy("Webhook changed"),
    Verb.WEBHOOK_SECRET_ROTATED: gettext_lazy("Webhook given another secret"),
    Verb.WEBHOOK_TESTED: gettext_lazy("Webhook tested"),
    Verb.WEBHOOK_REPLAYED: gettext_lazy("Delivery to a webhook replayed"),
    Verb.WEBHOOK_GONE: gettext_lazy("Webhook switched off: its receiver is gone"),
    Verb.WEBHOOK_REMOVED: gettext_lazy("Webhook removed"),
    Verb.SUPPORT_OPENED: gettext_lazy("Support request opened"),
    Verb.SUPPORT_ANSWERED: gettext_lazy("Support request answered"),
    Verb.SUPPORT_CLOSED: gettext_lazy("Support request closed"),
    Verb.SUPPORT_REOPENED: gettext_lazy("Support request reopened"),
    Verb.SUPPORT_FILE_FETCHED: gettext_lazy("File of a support request downloaded"),
    Verb.LICENCE_ISSUED: gettext_lazy("Licence key issued"),
    Verb.LICENCE_ADDED: gettext_lazy("Licence key added"),
    Verb.LICENCE_REMOVED: gettext_lazy("Licence key removed"),
    Verb.PLAN_CHANGED: gettext_lazy("Plan changed"),
    Verb.KEY_ADDED: gettext_lazy("Sealing key added"),
    Verb.KEYS_ROTATED: gettext_lazy("Sealing keys rotated"),
    Verb.KEY_RETIRED: gettext_lazy("Sealing key retired"),
    Verb.BACKED_UP: gettext_lazy("Backup written"),
    Verb.RESTORED: gettext_lazy("Backup restored"),
}
DIGEST_SHOWN = 12
# Lists of names of fields.
NAMED = {"columns", "fields", "new_secrets"}
EMPTY: tuple[object, ...] = (None, "", [], {})


def verb_text(verb: str) -> str:
    """A verb in the reader's language."""
    return str(TEXTS[Verb(verb)])


def details_text(details: Mapping[str, object]) -> str:
    """Named fields as `name: value`, and `name: before → after` where something changed."""
    pairs = (*_changes(details), *_facts(details))
    return "; ".join(
        # Translators: a field and its value, as in "Role: Device Admin".
        _("%(name)s: %(value)s") % {"name": name, "value": value}
        for name, value in pairs
    )


def changes_of(details: Mapping[str, object]) -> list[tuple[str, str]]:
    """What changed, each with its name and `before → after`."""
    return list(_changes(details))


def facts_of(details: Mapping[str, object]) -> list[tuple[str, str]]:
    """What else is told, each with its name and its value as a whole."""
    return list(_facts(details, is_whole=True))


def _changes(details: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    before, after = details.get("before"), details.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in after:
            if before.get(name) != after[name]:
                yield _change(name, before.get(name), after[name])
    for name, value in details.items():
        if _is_change(value):
            assert isinstance(value, Mapping)
            yield _change(name, value["before"], value["after"])


def _change(name: str, before: object, after: object) -> tuple[str, str]:
    return name_text(name), f"{_value(before)} → {_value(after)}"


def _facts(details: Mapping[str, object], *, is_whole: bool = False) -> Iterator[tuple[str, str]]:
    for name, value in details.items():
        is_side = name in {"before", "after"} and isinstance(value, Mapping)
        if not is_side and not _is_change(value) and value not in EMPTY:
            is_digest = "sha256" in name or "digest" in name
            is_named = name in NAMED
            shown = _value(value, is_digest=is_digest and not is_whole, is_named=is_named)
            yield name_text(name), shown


def _is_change(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"before", "after"}


def _value(value: object, *, is_digest: bool = False, is_named: bool = False) -> str:
    if value in EMPTY:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return number_text(value)
    if isinstance(value, list):
        return ", ".join(name_text(str(one)) if is_named else _value(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name_text(name)} {_value(one)}" for name, one in value.items())
    return f"{str(value)[:DIGEST_SHOWN]}…" if is_digest else str(value)
