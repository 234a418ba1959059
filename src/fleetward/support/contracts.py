"""Requests to the operator, the messages in them, and the refusals (L8)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid, NotFound
from fleetward.kernel.rights import Capability
from fleetward.kernel.texts import N_

SUBJECT_CHARACTERS = 200
TEXT_CHARACTERS = 10_000
SERIAL_CHARACTERS, MOST_SERIALS = 64, 500
NAME_CHARACTERS = 150
MEBIBYTE = 1024 * 1024
MOST_FILES, FILE_MEBIBYTES = 5, 10
# Of all that a tenant has ever attached, so that nobody fills the operator's disk.
KEPT_MEBIBYTES = 500
# Of a tenant at once, so that nobody buries the operator by mistake.
MOST_OPEN = 50
MOST_MESSAGES = 500


class RequestState(StrEnum):
    """OPEN: the operator's turn. ANSWERED: that of the tenant. CLOSED: nobody's, until reopened."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"


class Side(StrEnum):
    """Who speaks: somebody of the tenant that asks, or of the operator."""

    TENANT = "TENANT"
    OPERATOR = "OPERATOR"


# What it takes to be on a side, in the tenant in which somebody stands.
NEEDS: Mapping[Side, Capability] = MappingProxyType(
    {Side.TENANT: Capability.ASK_SUPPORT, Side.OPERATOR: Capability.OPERATE}
)


class Category(StrEnum):
    """What a request is about. MISSING_DEVICES: resold ones that no feed has brought."""

    MISSING_DEVICES = "MISSING_DEVICES"
    TRANSFER = "TRANSFER"
    IMPORT = "IMPORT"
    WARRANTY = "WARRANTY"
    ACCOUNT = "ACCOUNT"
    OTHER = "OTHER"


class Step(StrEnum):
    """What a message does beside saying something."""

    MESSAGE = "MESSAGE"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to attach, such as the summary of a transfer (X13): its bytes in pieces."""

    name: str
    chunks: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What somebody says. `key`: the same one with the same message has one effect."""

    text: str
    files: tuple[NewFile, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody asks, with the first message."""

    subject: str
    message: NewMessage
    category: Category = Category.OTHER
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests of a list: of a state, of a tenant by a part of its name or its Customer ID,
    and in which nothing has happened since a moment.
    """

    state: RequestState | None = None
    tenant: str = ""
    quiet_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request. `changed_at`: when somebody last said something, closed or reopened it."""

    uid: uuid.UUID
    customer_id: str
    tenant_name: str
    subject: str
    category: Category
    state: RequestState
    asked_by: str
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    uid: uuid.UUID
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    """`text` may be empty where there are files, or something was closed or reopened."""

    uid: uuid.UUID
    side: Side
    step: Step
    author: str
    at: datetime
    text: str
    files: tuple[AttachmentRow, ...]


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A request with all that was said, the first message first."""

    row: RequestRow
    serials: tuple[str, ...]
    messages: tuple[MessageRow, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a message. `is_repeated`: it had been told before."""

    request: uuid.UUID
    is_repeated: bool = False


@dataclass(eq=False)
class BadSupportRequest(Invalid):
    """One field cannot be accepted. `field`: subject, text or serials."""

    field: str
    problem: str

    code: ClassVar[str] = "bad_support_request"
    text: ClassVar[str] = "{problem}"
    fix: ClassVar[str] = N_("Correct it and send it again.")


@dataclass(eq=False)
class TooManyAttachments(Invalid):
    most: int = MOST_FILES

    code: ClassVar[str] = "too_many_attachments"
    text: ClassVar[str] = N_("A message has at most {most} files.")
    fix: ClassVar[str] = N_("Send the others with another message, or pack them into one.")


@dataclass(eq=False)
class AttachmentTooLarge(Invalid):
    name: str
    limit_mb: int = FILE_MEBIBYTES

    code: ClassVar[str] = "attachment_too_large"
    text: ClassVar[str] = N_("{name} has more than {limit_mb} MB.")
    fix: ClassVar[str] = N_("Pack it, or send the part that matters.")


@dataclass(eq=False)
class AttachmentEmpty(Invalid):
    name: str

    code: ClassVar[str] = "attachment_empty"
    text: ClassVar[str] = N_("{name} is empty.")
    fix: ClassVar[str] = N_("Choose the file again.")


@dataclass(eq=False)
class TooMuchAttached(Conflict):
    most_mb: int = KEPT_MEBIBYTES

    code: ClassVar[str] = "too_much_attached"
    text: ClassVar[str] = N_("The files of your requests would have more than {most_mb} MB.")
    fix: ClassVar[str] = N_("Pack them, or tell the operator where it finds them.")


class AttachmentGone(NotFound):
    code: ClassVar[str] = "attachment_gone"
    text: ClassVar[str] = N_("The file is not kept any more.")
    fix: ClassVar[str] = N_("Ask for it in the request.")


class NobodyAnswers(Conflict):
    code: ClassVar[str] = "nobody_answers"
    text: ClassVar[str] = N_("Nobody of this installation answers requests yet.")
    fix: ClassVar[str] = N_(
        "Ask whoever runs the server: it lets an operator in on the command line."
    )


@dataclass(eq=False)
class TooManyOpenRequests(Conflict):
    most: int = MOST_OPEN

    code: ClassVar[str] = "too_many_open_requests"
    text: ClassVar[str] = N_("There are {most} requests that nobody has closed.")
    fix: ClassVar[str] = N_("Close those that are settled, or add to one of them.")


@dataclass(eq=False)
class TooManyMessages(Conflict):
    most: int = MOST_MESSAGES

    code: ClassVar[str] = "too_many_messages"
    text: ClassVar[str] = N_("A request has at most {most} messages.")
    fix: ClassVar[str] = N_("Open another request, and name this one in it.")


class RequestClosed(Conflict):
    code: ClassVar[str] = "request_closed"
    text: ClassVar[str] = N_("This request is closed.")
    fix: ClassVar[str] = N_("Reopen it to say more.")
