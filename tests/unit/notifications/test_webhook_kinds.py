"""What may go to third parties: each kind is decided on, by name, with its parameters."""

from __future__ import annotations

from fleetward.notifications.contracts import Kind
from fleetward.notifications.webhooks.kinds import SENT, sent_params

# They tell one person what became of something of that person's own.
OF_ONE_PERSON = {
    Kind.IMPORT_READY,
    Kind.IMPORT_DONE,
    Kind.IMPORT_REFUSED,
    Kind.IMPORT_FAILED,
    Kind.IMPORT_CANCELLED,
    Kind.IMPORT_DISCARDED,
    Kind.IMPORT_UNDONE,
    Kind.SERIALS_READY,
    Kind.SERIALS_REFUSED,
    Kind.DEVICES_DELETED,
    Kind.DEVICES_EDITED,
    Kind.DEVICES_RESTORED,
    Kind.GROUP_FILLED,
    Kind.GROUP_EMPTIED,
    Kind.BULK_CANCELLED,
    Kind.BULK_FAILED,
    Kind.EXPORT_DONE,
    Kind.EXPORT_FAILED,
    Kind.EXPORT_CANCELLED,
    Kind.TRANSFER_READY,
    Kind.TRANSFER_DISCARDED,
    Kind.COURSES_DONE,
    Kind.COURSES_REFUSED,
}
# They hold what somebody has called a file or is called, or the words of a vendor.
PERSONAL = {"email", "file", "text", "user", "group"}


def test_each_kind_is_decided_on() -> None:
    assert set(SENT) | OF_ONE_PERSON == set(Kind)
    assert set(SENT) & OF_ONE_PERSON == set()


def test_no_parameter_that_is_sent_is_personal() -> None:
    assert {name for names in SENT.values() for name in names} & PERSONAL == set()


def test_parameters_that_are_not_named_are_left_out() -> None:
    lost = {"email": "ada@acme.example"}
    assert sent_params(Kind.MAIL_LOST, lost) == {}
    refused = {"provider": "Dell", "state": "REFUSED", "text": "no such user as ada"}
    assert sent_params(Kind.CONNECTION_REFUSED, refused) == {"provider": "Dell", "state": "REFUSED"}
    assert sent_params(Kind.COVERAGE_ENDS, {"devices": 3}) == {"devices": 3}
