"""What each verb of the trail is: its type, and how much it matters, as data (L4).

The sub type of an entry is its verb.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fleetward.audit.contracts import EntryFilter, LogLevel, LogType, Verb

_ALL: Mapping[LogType, Mapping[LogLevel, tuple[Verb, ...]]] = {
    LogType.DEVICES: {
        LogLevel.INFO: (
            Verb.DEVICE_ADDED,
            Verb.DEVICE_CHANGED,
            Verb.DEVICES_RESTORED,
            Verb.DEVICES_EDITED,
            Verb.DEVICES_STORED,
            Verb.GROUP_CREATED,
            Verb.GROUP_CHANGED,
            Verb.GROUP_FILLED,
            Verb.GROUP_EMPTIED,
            Verb.VIEW_SAVED,
            Verb.VIEW_CHANGED,
            Verb.VIEW_DELETED,
            Verb.JUNK_SERIALS_CHANGED,
        ),
        LogLevel.WARNING: (Verb.DEVICES_DELETED, Verb.DEVICES_ARCHIVED, Verb.GROUP_DELETED),
    },
    LogType.IMPORTS: {
        LogLevel.INFO: (
            Verb.IMPORT_UPLOADED,
            Verb.IMPORT_STARTED,
            Verb.IMPORT_FINISHED,
            Verb.IMPORT_DISCARDED,
            Verb.IMPORT_ROWS_REMOVED,
        ),
        LogLevel.WARNING: (Verb.IMPORT_CANCELLED, Verb.IMPORT_UNDONE),
    },
    LogType.EXPORTS: {
        LogLevel.INFO: (Verb.DEVICES_EXPORTED, Verb.EXPORT_FETCHED, Verb.LOGS_EXPORTED),
    },
    LogType.WARRANTY: {
        LogLevel.INFO: (
            Verb.RUN_STARTED,
            Verb.RUN_FINISHED,
            Verb.SCHEDULE_CREATED,
            Verb.SCHEDULE_CHANGED,
            Verb.SCHEDULE_DELETED,
            Verb.WARRANTY_REMINDED,
            Verb.COSTS_CHANGED,
            Verb.WARRANTY_ENTERED,
            Verb.WARRANTY_RELEASED,
            Verb.NOT_COVER_CHANGED,
            Verb.SIMULATED_REMOVED,
        ),
        LogLevel.WARNING: (Verb.RUN_CANCELLED,),
        LogLevel.ERROR: (Verb.SCHEDULE_FAILED,),
    },
    LogType.SERVICES: {
        LogLevel.INFO: (
            Verb.CONNECTION_SAVED,
            Verb.CONNECTION_ENABLED,
            Verb.CONNECTION_TESTED,
            Verb.CONNECTION_SECRET_DISCARDED,
        ),
        LogLevel.WARNING: (Verb.CONNECTION_DISABLED, Verb.CONNECTION_REMOVED),
        LogLevel.ERROR: (Verb.CONNECTION_PAUSED,),
    },
    LogType.WEBHOOKS: {
        LogLevel.INFO: (
            Verb.WEBHOOK_ADDED,
            Verb.WEBHOOK_CHANGED,
            Verb.WEBHOOK_SECRET_ROTATED,
            Verb.WEBHOOK_TESTED,
            Verb.WEBHOOK_REPLAYED,
        ),
        LogLevel.WARNING: (Verb.WEBHOOK_REMOVED,),
        LogLevel.ERROR: (Verb.WEBHOOK_GONE,),
    },
    LogType.USERS: {
        LogLevel.INFO: (
            Verb.USER_ADDED,
            Verb.USER_INVITED,
            Verb.USER_INVITATION_WITHDRAWN,
            Verb.USER_JOINED,
            Verb.USER_ENABLED,
            Verb.USER_LISTED,
            Verb.PROFILE_CHANGED,
            Verb.ROLE_CREATED,
        ),
        LogLevel.WARNING: (
            Verb.USER_ROLE_CHANGED,
            Verb.USER_DISABLED,
            Verb.USER_REMOVED,
            Verb.ROLE_CHANGED,
            Verb.ROLE_DELETED,
        ),
    },
    LogType.PARTNERS: {
        LogLevel.INFO: (
            Verb.CUSTOMER_CREATED,
            Verb.PARTNER_ACCEPTED,
            Verb.TRANSFER_SUBMITTED,
            Verb.TRANSFER_DISCARDED,
            Verb.TRANSFER_STARTED,
            Verb.TRANSFER_EXECUTED,
            Verb.TRANSFER_RECEIVED,
            Verb.PARTNER_CREATED,
            Verb.HOLDING_CREATED,
            Verb.DEVICE_CLAIMED,
            Verb.LOCATION_ADDED,
            Verb.COURSES_CHANGED,
            Verb.COURSES_RECORDED,
            Verb.FEED_SUBMITTED,
            Verb.FEED_DONE,
            Verb.FEED_RECEIVED,
            Verb.ORDERED_ADDED,
            Verb.USER_CERTIFIED,
        ),
        LogLevel.WARNING: (
            Verb.PARTNER_DECLINED,
            Verb.PARTNER_ENDED,
            Verb.TRANSFER_REFUSED,
            Verb.TRANSFER_CANCELLED,
            Verb.TRANSFER_SENT,
            Verb.LOCATION_REMOVED,
            Verb.FEED_REFUSED,
            Verb.CERTIFICATION_WITHDRAWN,
        ),
    },
    LogType.ENROLMENT: {
        LogLevel.INFO: (Verb.PIN_MADE, Verb.DEVICE_ENROLLED, Verb.ENROLMENT_REGISTERED),
        LogLevel.WARNING: (
            Verb.PIN_REVOKED,
            Verb.ENROLMENT_HELD,
            Verb.ENROLMENT_LIMITED,
            Verb.PENDING_REMOVED,
            Verb.DOMAINS_CHANGED,
            Verb.DOMAIN_REFUSED,
            Verb.PRESENCE_CHANGED,
        ),
    },
    LogType.SUPPORT: {
        LogLevel.INFO: (
            Verb.SUPPORT_OPENED,
            Verb.SUPPORT_ANSWERED,
            Verb.SUPPORT_CLOSED,
            Verb.SUPPORT_REOPENED,
            Verb.SUPPORT_FILE_FETCHED,
        ),
    },
    LogType.SECURITY: {
        LogLevel.INFO: (
            Verb.PASSWORD_CHANGED,
            Verb.TOKEN_ISSUED,
            Verb.KEY_ADDED,
            Verb.KEYS_ROTATED,
            Verb.SECOND_FACTOR_ADDED,
            Verb.PASSKEY_ADDED,
            Verb.IDENTITY_LINKED,
            Verb.SIGN_ON_SAVED,
            Verb.SIGN_ON_TESTED,
            Verb.SIGN_ON_ENABLED,
            Verb.PASSWORDS_REFUSED,
            Verb.RECOVERY_CODES_RENEWED,
        ),
        LogLevel.WARNING: (
            Verb.PASSWORD_RESET,
            Verb.TOKEN_REVOKED,
            Verb.KEY_RETIRED,
            Verb.SECOND_FACTOR_REMOVED,
            Verb.PASSKEY_REMOVED,
            Verb.IDENTITY_UNLINKED,
            Verb.SIGN_ON_DISABLED,
            Verb.SIGN_ON_REMOVED,
            Verb.PASSWORDS_ALLOWED,
            Verb.RECOVERY_CODE_USED,
        ),
    },
    LogType.TENANT: {
        LogLevel.INFO: (
            Verb.TENANT_CREATED,
            Verb.TENANT_SETTINGS_CHANGED,
            Verb.TENANT_COMPANY_CHANGED,
            Verb.TENANT_SIGNED_UP,
            Verb.LICENCE_ADDED,
            Verb.PLAN_CHANGED,
            Verb.LOG_FILTER_SAVED,
            Verb.LOG_FILTER_CHANGED,
            Verb.LOG_FILTER_DELETED,
        ),
        LogLevel.WARNING: (Verb.LICENCE_REMOVED,),
    },
    LogType.INSTALLATION: {
        LogLevel.INFO: (Verb.BACKED_UP, Verb.LICENCE_ISSUED),
        LogLevel.WARNING: (Verb.RESTORED, Verb.SIGN_UP_CHANGED),
    },
}


def _each() -> Iterator[tuple[str, tuple[LogType, LogLevel]]]:
    for type_, levels in _ALL.items():
        for level, verbs in levels.items():
            yield from ((str(verb), (type_, level)) for verb in verbs)


KINDS: Mapping[str, tuple[LogType, LogLevel]] = dict(_each())


def verbs_of(types: Iterable[LogType]) -> tuple[Verb, ...]:
    """The sub types of some types."""
    wanted = set(types)
    return tuple(verb for verb in Verb if KINDS[verb][0] in wanted)


def wanted_verbs(only: EntryFilter) -> tuple[Verb, ...] | None:
    """The verbs that types, sub types and levels leave together; None where none of them is set."""
    if not (only.types or only.verbs or only.levels):
        return None
    return tuple(verb for verb in Verb if _is_wanted(verb, only))


def _is_wanted(verb: Verb, only: EntryFilter) -> bool:
    type_, level = KINDS[verb]
    return (
        (not only.types or type_ in only.types)
        and (not only.verbs or verb in only.verbs)
        and (not only.levels or level in only.levels)
    )
