"""Kinds of notifications, a notification as others read it, and states of deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Invalid


class Kind(StrEnum):
    """What a notification tells; its text stands in `web.notification_texts`."""

    IMPORT_READY = "IMPORT_READY"
    IMPORT_DONE = "IMPORT_DONE"
    IMPORT_REFUSED = "IMPORT_REFUSED"
    IMPORT_FAILED = "IMPORT_FAILED"
    IMPORT_CANCELLED = "IMPORT_CANCELLED"
    IMPORT_DISCARDED = "IMPORT_DISCARDED"
    SERIALS_READY = "SERIALS_READY"
    SERIALS_REFUSED = "SERIALS_REFUSED"
    IMPORT_UNDONE = "IMPORT_UNDONE"
    RUN_DONE = "RUN_DONE"
    RUN_PROBLEMS = "RUN_PROBLEMS"
    RUN_CANCELLED = "RUN_CANCELLED"
    COVERAGE_ENDS = "COVERAGE_ENDS"
    SCHEDULE_FAILED = "SCHEDULE_FAILED"
    REMINDERS_UNSENT = "REMINDERS_UNSENT"
    MAIL_LOST = "MAIL_LOST"
    WEBHOOK_FAILED = "WEBHOOK_FAILED"
    WEBHOOK_GONE = "WEBHOOK_GONE"
    REFRESH_DONE = "REFRESH_DONE"
    REFRESH_PROBLEMS = "REFRESH_PROBLEMS"
    REFRESH_CANCELLED = "REFRESH_CANCELLED"
    REFRESH_STOPPED = "REFRESH_STOPPED"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    SECRET_EXPIRES = "SECRET_EXPIRES"  # noqa: S105
    DEVICES_DELETED = "DEVICES_DELETED"
    DEVICES_EDITED = "DEVICES_EDITED"
    DEVICES_RESTORED = "DEVICES_RESTORED"
    GROUP_FILLED = "GROUP_FILLED"
    GROUP_EMPTIED = "GROUP_EMPTIED"
    BULK_CANCELLED = "BULK_CANCELLED"
    BULK_FAILED = "BULK_FAILED"
    EXPORT_DONE = "EXPORT_DONE"
    EXPORT_FAILED = "EXPORT_FAILED"
    EXPORT_CANCELLED = "EXPORT_CANCELLED"
    PARTNER_OFFERED = "PARTNER_OFFERED"
    CUSTOMER_ACCEPTED = "CUSTOMER_ACCEPTED"
    CUSTOMER_DECLINED = "CUSTOMER_DECLINED"
    CUSTOMER_ENDED = "CUSTOMER_ENDED"
    SUPPORT_OPENED = "SUPPORT_OPENED"
    SUPPORT_ASKED = "SUPPORT_ASKED"
    SUPPORT_ANSWERED = "SUPPORT_ANSWERED"
    SUPPORT_CLOSED = "SUPPORT_CLOSED"
    SUPPORT_REOPENED = "SUPPORT_REOPENED"
    ENROLMENT_HELD = "ENROLMENT_HELD"
    ENROLMENT_LIMITED = "ENROLMENT_LIMITED"
    TRANSFER_READY = "TRANSFER_READY"
    TRANSFER_REFUSED = "TRANSFER_REFUSED"
    TRANSFER_DISCARDED = "TRANSFER_DISCARDED"
    TRANSFER_DONE = "TRANSFER_DONE"
    TRANSFER_CANCELLED = "TRANSFER_CANCELLED"
    TRANSFER_STOPPED = "TRANSFER_STOPPED"
    DEVICES_SENT = "DEVICES_SENT"
    DEVICES_RECEIVED = "DEVICES_RECEIVED"
    USER_CERTIFIED = "USER_CERTIFIED"
    CERTIFICATION_WITHDRAWN = "CERTIFICATION_WITHDRAWN"
    HOLDING_OPENED = "HOLDING_OPENED"
    COURSES_DONE = "COURSES_DONE"
    COURSES_REFUSED = "COURSES_REFUSED"
    FEED_DONE = "FEED_DONE"
    FEED_STOPPED = "FEED_STOPPED"
    FEED_REFUSED = "FEED_REFUSED"
    DEVICES_FED = "DEVICES_FED"
    LICENCE_IN_ORDER = "LICENCE_IN_ORDER"
    LICENCE_OVERENROLLED = "LICENCE_OVERENROLLED"
    LICENCE_SUSPENDED = "LICENCE_SUSPENDED"
    LICENCE_ENDS = "LICENCE_ENDS"


class Level(StrEnum):
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Topic(StrEnum):
    """What a notification is about, by which the Notification Center filters."""

    IMPORTS = "IMPORTS"
    DEVICES = "DEVICES"
    WARRANTY = "WARRANTY"
    EXPORTS = "EXPORTS"
    SERVICES = "SERVICES"
    WEBHOOKS = "WEBHOOKS"
    PARTNERS = "PARTNERS"
    TRANSFERS = "TRANSFERS"
    ENROLMENT = "ENROLMENT"
    SUPPORT = "SUPPORT"
    LICENCES = "LICENCES"


TOPICS: Mapping[Topic, tuple[Kind, ...]] = {
    Topic.IMPORTS: (
        Kind.IMPORT_READY,
        Kind.IMPORT_DONE,
        Kind.IMPORT_REFUSED,
        Kind.IMPORT_FAILED,
        Kind.IMPORT_CANCELLED,
        Kind.IMPORT_DISCARDED,
        Kind.IMPORT_UNDONE,
    ),
    Topic.DEVICES: (
        Kind.SERIALS_READY,
        Kind.SERIALS_REFUSED,
        Kind.DEVICES_DELETED,
        Kind.DEVICES_EDITED,
        Kind.DEVICES_RESTORED,
        Kind.GROUP_FILLED,
        Kind.GROUP_EMPTIED,
        Kind.BULK_CANCELLED,
        Kind.BULK_FAILED,
    ),
    Topic.WARRANTY: (
        Kind.RUN_DONE,
        Kind.RUN_PROBLEMS,
        Kind.RUN_CANCELLED,
        Kind.COVERAGE_ENDS,
        Kind.SCHEDULE_FAILED,
        Kind.REMINDERS_UNSENT,
        Kind.MAIL_LOST,
        Kind.REFRESH_DONE,
        Kind.REFRESH_PROBLEMS,
        Kind.REFRESH_CANCELLED,
        Kind.REFRESH_STOPPED,
    ),
    Topic.EXPORTS: (Kind.EXPORT_DONE, Kind.EXPORT_FAILED, Kind.EXPORT_CANCELLED),
    Topic.SERVICES: (Kind.CONNECTION_REFUSED, Kind.SECRET_EXPIRES),
    Topic.WEBHOOKS: (Kind.WEBHOOK_FAILED, Kind.WEBHOOK_GONE),
    Topic.PARTNERS: (
        Kind.PARTNER_OFFERED,
        Kind.CUSTOMER_ACCEPTED,
        Kind.CUSTOMER_DECLINED,
        Kind.CUSTOMER_ENDED,
        Kind.USER_CERTIFIED,
        Kind.CERTIFICATION_WITHDRAWN,
        Kind.HOLDING_OPENED,
        Kind.COURSES_DONE,
        Kind.COURSES_REFUSED,
        Kind.FEED_DONE,
        Kind.FEED_STOPPED,
        Kind.FEED_REFUSED,
        Kind.DEVICES_FED,
    ),
    Topic.TRANSFERS: (
        Kind.TRANSFER_READY,
        Kind.TRANSFER_REFUSED,
        Kind.TRANSFER_DISCARDED,
        Kind.TRANSFER_DONE,
        Kind.TRANSFER_CANCELLED,
        Kind.TRANSFER_STOPPED,
        Kind.DEVICES_SENT,
        Kind.DEVICES_RECEIVED,
    ),
    Topic.ENROLMENT: (Kind.ENROLMENT_HELD, Kind.ENROLMENT_LIMITED),
    Topic.SUPPORT: (
        Kind.SUPPORT_OPENED,
        Kind.SUPPORT_ASKED,
        Kind.SUPPORT_ANSWERED,
        Kind.SUPPORT_CLOSED,
        Kind.SUPPORT_REOPENED,
    ),
    Topic.LICENCES: (
        Kind.LICENCE_IN_ORDER,
        Kind.LICENCE_OVERENROLLED,
        Kind.LICENCE_SUSPENDED,
        Kind.LICENCE_ENDS,
    ),
}


class Snooze(StrEnum):
    """How long an item is put aside; it comes back by itself, as something new."""

    HOUR = "HOUR"
    TOMORROW = "TOMORROW"
    WEEK = "WEEK"


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """Which notifications; what is empty narrows nothing. `is_snoozed`: only what is put aside."""

    is_unread: bool = False
    is_snoozed: bool = False
    topics: tuple[Topic, ...] = ()
    kinds: tuple[Kind, ...] = ()
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Bell:
    """The number at the bell. `latest` differs once there is something new to show."""

    unread: int
    latest: str


class MailWhen(StrEnum):
    """When a user gets mails of what is new in a tenant."""

    OFF = "OFF"
    AT_ONCE = "AT_ONCE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"


@dataclass(frozen=True, slots=True)
class MailChoice:
    """What a user has chosen; `hour` is one of the tenant's day."""

    how: MailWhen = MailWhen.OFF
    hour: int = 8


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that is due: of the items that were claimed for it at a moment."""

    choice: MailChoice
    at: datetime


class DeliveryState(StrEnum):
    """Of an item for a webhook. FAILED: it is not tried any more, unless somebody replays it."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """An item of the bell. `link` is a path within the product, '' for none."""

    uid: str
    tenant: int
    kind: Kind
    level: Level
    params: Mapping[str, object]
    link: str
    created_at: datetime
    is_read: bool
    snoozed_until: datetime | None = None


@dataclass(eq=False)
class BadSnooze(Invalid):
    """A moment to come back at that is over, or too far away."""

    code: ClassVar[str] = "bad_snooze"
    text: ClassVar[str] = "A notification can be put aside until a moment of the next year."
    fix: ClassVar[str] = "Give a moment that is to come, at most a year ahead."
