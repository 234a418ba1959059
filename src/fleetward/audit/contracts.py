"""Verbs of the trail, and an entry as others read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_


class Verb(StrEnum):
    """What can happen. Each has a line in docs/reference/audit.md."""

    USER_ADDED = "user.added"
    USER_INVITED = "user.invited"
    USER_INVITATION_WITHDRAWN = "user.invitation_withdrawn"
    USER_JOINED = "user.joined"
    USER_LISTED = "user.listed"
    USER_ROLE_CHANGED = "user.role_changed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_REMOVED = "user.removed"
    ROLE_CREATED = "role.created"
    ROLE_CHANGED = "role.changed"
    ROLE_DELETED = "role.deleted"
    PASSWORD_RESET = "user.password_reset"  # noqa: S105
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105
    SECOND_FACTOR_ADDED = "user.second_factor_added"
    SECOND_FACTOR_REMOVED = "user.second_factor_removed"
    PASSKEY_ADDED = "user.passkey_added"
    PASSKEY_REMOVED = "user.passkey_removed"
    SIGN_ON_SAVED = "sign_on.saved"
    SIGN_ON_TESTED = "sign_on.tested"
    SIGN_ON_ENABLED = "sign_on.enabled"
    SIGN_ON_DISABLED = "sign_on.disabled"
    SIGN_ON_REMOVED = "sign_on.removed"
    PASSWORDS_ALLOWED = "sign_on.passwords_allowed"
    PASSWORDS_REFUSED = "sign_on.passwords_refused"
    IDENTITY_LINKED = "user.identity_linked"
    IDENTITY_UNLINKED = "user.identity_unlinked"
    RECOVERY_CODES_RENEWED = "user.recovery_codes_renewed"
    RECOVERY_CODE_USED = "user.recovery_code_used"
    PROFILE_CHANGED = "user.profile_changed"
    TOKEN_ISSUED = "token.issued"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    TENANT_CREATED = "tenant.created"
    TENANT_SETTINGS_CHANGED = "tenant.settings_changed"
    TENANT_COMPANY_CHANGED = "tenant.company_changed"
    TENANT_SIGNED_UP = "tenant.signed_up"
    SIGN_UP_CHANGED = "sign_up.changed"
    CUSTOMER_CREATED = "customer.created"
    PARTNER_CREATED = "partner.created"
    HOLDING_CREATED = "holding.created"
    DEVICE_CLAIMED = "device.claimed"
    LOCATION_ADDED = "location.added"
    LOCATION_REMOVED = "location.removed"
    COURSES_CHANGED = "courses.changed"
    COURSES_RECORDED = "courses.recorded"
    FEED_SUBMITTED = "feed.submitted"
    FEED_DONE = "feed.done"
    FEED_RECEIVED = "feed.received"
    FEED_REFUSED = "feed.refused"
    ORDERED_ADDED = "ordered.added"
    USER_CERTIFIED = "user.certified"
    CERTIFICATION_WITHDRAWN = "user.certification_withdrawn"
    PARTNER_ACCEPTED = "partner.accepted"
    PARTNER_DECLINED = "partner.declined"
    PARTNER_ENDED = "partner.ended"
    PIN_MADE = "enrolment.pin_made"
    PIN_REVOKED = "enrolment.pin_revoked"
    ENROLMENT_HELD = "enrolment.held"
    ENROLMENT_LIMITED = "enrolment.limited"
    ENROLMENT_REGISTERED = "enrolment.registered"
    PENDING_REMOVED = "enrolment.pending_removed"
    DOMAINS_CHANGED = "enrolment.domains_changed"
    DOMAIN_REFUSED = "enrolment.domain_refused"
    PRESENCE_CHANGED = "enrolment.presence_changed"
    CONNECTION_SAVED = "connection.saved"
    CONNECTION_ENABLED = "connection.enabled"
    CONNECTION_DISABLED = "connection.disabled"
    CONNECTION_TESTED = "connection.tested"
    CONNECTION_PAUSED = "connection.paused"
    CONNECTION_SECRET_DISCARDED = "connection.secret_discarded"  # noqa: S105
    CONNECTION_REMOVED = "connection.removed"
    SIMULATED_REMOVED = "warranty.simulated_removed"
    DEVICE_ADDED = "device.added"
    DEVICE_ENROLLED = "device.enrolled"
    DEVICE_CHANGED = "device.changed"
    DEVICES_DELETED = "device.deleted"
    DEVICES_RESTORED = "device.restored"
    DEVICES_ARCHIVED = "device.archived"
    DEVICES_EDITED = "device.edited"
    DEVICES_STORED = "device.stored"
    GROUP_CREATED = "group.created"
    GROUP_CHANGED = "group.changed"
    GROUP_DELETED = "group.deleted"
    GROUP_FILLED = "group.devices_added"
    GROUP_EMPTIED = "group.devices_removed"
    IMPORT_UPLOADED = "import.uploaded"
    IMPORT_STARTED = "import.started"
    IMPORT_FINISHED = "import.finished"
    IMPORT_CANCELLED = "import.cancelled"
    IMPORT_DISCARDED = "import.discarded"
    IMPORT_UNDONE = "import.undone"
    IMPORT_ROWS_REMOVED = "import.rows_removed"
    VIEW_SAVED = "view.saved"
    VIEW_CHANGED = "view.changed"
    VIEW_DELETED = "view.deleted"
    DEVICES_EXPORTED = "device.exported"
    EXPORT_FETCHED = "export.fetched"
    LOGS_EXPORTED = "log.exported"
    LOG_FILTER_SAVED = "log.filter_saved"
    LOG_FILTER_CHANGED = "log.filter_changed"
    LOG_FILTER_DELETED = "log.filter_deleted"
    RUN_STARTED = "run.started"
    RUN_FINISHED = "run.finished"
    RUN_CANCELLED = "run.cancelled"
    SCHEDULE_CREATED = "schedule.created"
    SCHEDULE_CHANGED = "schedule.changed"
    SCHEDULE_DELETED = "schedule.deleted"
    SCHEDULE_FAILED = "schedule.failed"
    WARRANTY_REMINDED = "warranty.reminded"
    COSTS_CHANGED = "budget.costs_changed"
    WARRANTY_ENTERED = "warranty.entered"
    WARRANTY_RELEASED = "warranty.released"
    NOT_COVER_CHANGED = "warranty.not_cover_changed"
    JUNK_SERIALS_CHANGED = "device.junk_serials_changed"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_GONE = "webhook.gone"
    WEBHOOK_REMOVED = "webhook.removed"
    SUPPORT_OPENED = "support.opened"
    SUPPORT_ANSWERED = "support.answered"
    SUPPORT_CLOSED = "support.closed"
    SUPPORT_REOPENED = "support.reopened"
    SUPPORT_FILE_FETCHED = "support.file_fetched"
    TRANSFER_SUBMITTED = "transfer.submitted"
    TRANSFER_REFUSED = "transfer.refused"
    TRANSFER_DISCARDED = "transfer.discarded"
    TRANSFER_STARTED = "transfer.started"
    TRANSFER_CANCELLED = "transfer.cancelled"
    TRANSFER_EXECUTED = "transfer.executed"
    TRANSFER_SENT = "transfer.sent"
    TRANSFER_RECEIVED = "transfer.received"
    LICENCE_ISSUED = "licence.issued"
    LICENCE_ADDED = "licence.added"
    LICENCE_REMOVED = "licence.removed"
    PLAN_CHANGED = "plan.changed"
    KEY_ADDED = "keys.added"
    KEYS_ROTATED = "keys.rotated"
    KEY_RETIRED = "keys.retired"
    BACKED_UP = "installation.backed_up"
    RESTORED = "installation.restored"


class LogType(StrEnum):
    """What an entry is about; `audit.kinds` says which verbs are of which."""

    DEVICES = "DEVICES"
    IMPORTS = "IMPORTS"
    EXPORTS = "EXPORTS"
    WARRANTY = "WARRANTY"
    SERVICES = "SERVICES"
    WEBHOOKS = "WEBHOOKS"
    USERS = "USERS"
    PARTNERS = "PARTNERS"
    SUPPORT = "SUPPORT"
    ENROLMENT = "ENROLMENT"
    SECURITY = "SECURITY"
    TENANT = "TENANT"
    INSTALLATION = "INSTALLATION"


class LogLevel(StrEnum):
    """How much an entry matters. WARNING: something was taken away or reset. ERROR: it failed."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


SEALED_WITHIN = timedelta(seconds=60)
# What somebody may ask for at once; the text of an address holds no more anyway.
MOST_ACTORS = 20


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries of a trail; what is empty narrows nothing.

    From `since` on, and before `until`. `verbs` are the sub types. `identifier`: a subject such as
    `device:6f1c…`, or its id alone.
    """

    since: datetime | None = None
    until: datetime | None = None
    types: tuple[LogType, ...] = ()
    verbs: tuple[Verb, ...] = ()
    levels: tuple[LogLevel, ...] = ()
    actors: tuple[str, ...] = ()
    identifier: str = ""

    @property
    def is_empty(self) -> bool:
        return self == EntryFilter()


@dataclass(frozen=True, slots=True)
class EntryCount:
    """How many entries there are. `is_capped`: there are more, which nobody has counted."""

    number: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What verifying a chain has found.

    `digest` is that of its latest link: noted elsewhere, it shows later that nothing was cut off.
    `broken_at` is the first entry that is not what was sealed, or follows another than it did.
    `late`: entries without a seal although their time is over.
    """

    sealed: int
    digest: str
    broken_at: str | None
    unsealed: int
    late: int

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None and not self.late


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry. `details`: named fields, with `before` and `after` where something changed.

    Its sub type is the verb.
    """

    uid: str
    at: datetime
    actor: str
    type: LogType
    verb: str
    level: LogLevel
    subject: str
    details: Mapping[str, object]
    request_id: str
    address: str


@dataclass(frozen=True, slots=True)
class SealRow:
    """The seal of an entry: the digest of its link, that of the link before, and its form."""

    digest: str
    previous: str
    form: int


class FileFlaw(StrEnum):
    """What is wrong in a verifiable export.

    CHANGED: an entry is not what was sealed. MISPLACED: it does not follow the one before it, since
    some were removed, added or moved. CUT_OFF: the end is missing, or tells of another.
    """

    NO_EXPORT = "NO_EXPORT"
    UNREADABLE = "UNREADABLE"
    CHANGED = "CHANGED"
    MISPLACED = "MISPLACED"
    CUT_OFF = "CUT_OFF"
    AFTER_END = "AFTER_END"
    NOTED_MISSING = "NOTED_MISSING"


@dataclass(frozen=True, slots=True)
class FlawInFile:
    """Where something is wrong: the line, counted from 1, and the entry, '' where there is none."""

    what: FileFlaw
    line: int
    entry: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What verifying an export has found, without any database.

    `previous` is the seal before its first entry, `digest` that of its last. `flaws` are the first
    of the `problems`.
    """

    chain: str
    previous: str
    digest: str
    sealed: int
    flaws: tuple[FlawInFile, ...]
    problems: int

    @property
    def is_whole(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Stretch:
    """From which moment on and before which one; None: from the beginning, to the end."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(eq=False)
class TooManyEntries(Invalid):
    """An export of the logs is made while somebody waits for it."""

    most: int

    code: ClassVar[str] = "too_many_entries"
    text: ClassVar[str] = N_("An export holds at most {most} entries.")
    fix: ClassVar[str] = N_("Narrow the filter, for instance to a shorter time.")


FILTER_NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class LogFilterInput:
    """What a saved filter of the logs keeps. `query`: words of the address, read again by doors."""

    name: str
    query: str = ""
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class LogFilterRow:
    """A saved filter of the logs. `is_own`: of the actor who asks."""

    uid: str
    kept: LogFilterInput
    is_own: bool
    updated_at: datetime


@dataclass(eq=False)
class LogFilterNameTaken(Conflict):
    name: str

    code: ClassVar[str] = "log_filter_name_taken"
    text: ClassVar[str] = N_("You already have a filter called {name}.")
    fix: ClassVar[str] = N_("Choose another name, or change that filter.")


@dataclass(eq=False)
class BadLogFilter(Invalid):
    """A filter that could not be kept or found again. `field` is what is wrong."""

    field: str

    code: ClassVar[str] = "bad_log_filter"
    text: ClassVar[str] = N_("The filter cannot be saved: its {field} is missing or too long.")
    fix: ClassVar[str] = N_("Give it a name of at most 80 characters, and choose less in it.")


@dataclass(eq=False)
class TooManyLogFilters(Conflict):
    most: int

    code: ClassVar[str] = "too_many_log_filters"
    text: ClassVar[str] = N_("You already have {most} saved filters.")
    fix: ClassVar[str] = N_("Delete some that you no longer use.")
