"""What goes to webhooks: third parties get what concerns a tenant as a whole, and no personal data.

What one person has asked for is that person's alone: own imports with the names of their files,
exports, bulk changes. A new kind goes out only once somebody has put it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fleetward.notifications.contracts import Kind

_OF_A_RUN = ("devices", "done", "failed", "found", "not_found", "simulated")
# To the partner's; source and target get their own kinds.
_OF_A_TRANSFER = ("is_undo", "moved", "rows")
# What a request is about is for those who read it: its subject may name anybody.
_OF_A_REQUEST = ("category", "customer_id", "request")

# With the parameters that are sent. An address of a person and the words of a vendor, in which
# anything may stand, are none of them.
SENT: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.COVERAGE_ENDS: ("devices", "sent_on", "simulated"),
        Kind.REMINDERS_UNSENT: ("reminders", "since"),
        Kind.MAIL_LOST: (),
        Kind.RUN_DONE: _OF_A_RUN,
        Kind.RUN_PROBLEMS: _OF_A_RUN,
        Kind.RUN_CANCELLED: _OF_A_RUN,
        Kind.REFRESH_DONE: _OF_A_RUN,
        Kind.REFRESH_PROBLEMS: _OF_A_RUN,
        Kind.REFRESH_CANCELLED: _OF_A_RUN,
        Kind.REFRESH_STOPPED: _OF_A_RUN,
        Kind.SCHEDULE_FAILED: ("name",),
        Kind.CONNECTION_REFUSED: ("provider", "state"),
        Kind.SECRET_EXPIRES: ("days", "provider"),
        Kind.PARTNER_OFFERED: ("customer", "partner"),
        Kind.CUSTOMER_ACCEPTED: ("customer", "partner"),
        Kind.CUSTOMER_DECLINED: ("customer", "partner"),
        Kind.CUSTOMER_ENDED: ("customer", "partner"),
        Kind.ENROLMENT_HELD: ("serial",),
        Kind.ENROLMENT_LIMITED: (),
        Kind.SUPPORT_OPENED: _OF_A_REQUEST,
        Kind.SUPPORT_ASKED: _OF_A_REQUEST,
        Kind.SUPPORT_ANSWERED: _OF_A_REQUEST,
        Kind.SUPPORT_CLOSED: _OF_A_REQUEST,
        Kind.SUPPORT_REOPENED: _OF_A_REQUEST,
        Kind.TRANSFER_DONE: _OF_A_TRANSFER,
        Kind.TRANSFER_CANCELLED: _OF_A_TRANSFER,
        Kind.TRANSFER_STOPPED: _OF_A_TRANSFER,
        Kind.TRANSFER_REFUSED: (),
        Kind.DEVICES_SENT: ("devices", "partner"),
        Kind.DEVICES_RECEIVED: ("devices", "partner"),
        Kind.USER_CERTIFIED: ("programme",),
        Kind.CERTIFICATION_WITHDRAWN: ("programme",),
        Kind.HOLDING_OPENED: (),
        Kind.FEED_DONE: ("claimed", "held", "rows"),
        Kind.FEED_STOPPED: ("claimed", "held", "rows"),
        Kind.FEED_REFUSED: (),
        Kind.DEVICES_FED: ("devices",),
        Kind.LICENCE_IN_ORDER: (),
        Kind.LICENCE_OVERENROLLED: ("devices",),
        Kind.LICENCE_SUSPENDED: (),
        Kind.LICENCE_ENDS: ("ends_on", "plan", "seats"),
        Kind.WEBHOOK_FAILED: ("name", "webhook"),
        Kind.WEBHOOK_GONE: ("name", "webhook"),
    }
)


def sent_params(kind: Kind, params: Mapping[str, object]) -> dict[str, object]:
    """Those of a kind that is sent."""
    return {name: params[name] for name in SENT[kind] if name in params}
