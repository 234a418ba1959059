"""Kinds of notifications, a notification as others read it, and states of deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    USER_CERTIFIED = "USER_CERTIFIED"
    CERTIFICATION_WITHDRAWN = "CERTIFICATION_WITHDRAWN"
    HOLDING_OPENED = "HOLDING_OPENED"
    COURSES_DONE = "COURSES_DONE"
    COURSES_REFUSED = "COURSES_REFUSED"


class Level(StrEnum):
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


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
