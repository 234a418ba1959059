"""What goes in and out of the operations on support requests, on both sides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from fleetward.api.schemas import CUSTOMER, SOME_ID, SOME_TIME, In, Out, PageOut, Paging, sample
from fleetward.support.contracts import (
    MOST_SERIALS,
    SERIAL_CHARACTERS,
    SUBJECT_CHARACTERS,
    TEXT_CHARACTERS,
    Category,
    MessageRow,
    RequestDetail,
    RequestRow,
    RequestState,
    Side,
    Step,
)

ABOUT = "MISSING_DEVICES: resold ones that are not in Unassigned Devices"
STATE = "OPEN: the operator's turn. ANSWERED: that of the tenant"
SOME_FILE: dict[str, object] = {"id": SOME_ID, "name": "summary.csv", "size": 812}
SOME_ROW: dict[str, object] = {
    "id": SOME_ID,
    "customer_id": CUSTOMER,
    "tenant": "Acme",
    "subject": "Two machines are missing",
    "category": "MISSING_DEVICES",
    "state": "OPEN",
    "asked_by": "admin@acme.example (CI)",
    "opened_at": SOME_TIME,
    "changed_at": SOME_TIME,
}
SOME_MESSAGE: dict[str, object] = {
    "id": SOME_ID,
    "side": "TENANT",
    "step": "MESSAGE",
    "author": "admin@acme.example (CI)",
    "at": SOME_TIME,
    "text": "They were delivered a week ago.",
    "files": [SOME_FILE],
}


class NewSupportRequest(In):
    model_config = ConfigDict(
        json_schema_extra=sample(
            subject="Two machines are missing",
            text="They were delivered a week ago.",
            category="MISSING_DEVICES",
            serials=["5XK2QL3", "7YH2QL3"],
        )
    )
    subject: str = Field(min_length=1, max_length=SUBJECT_CHARACTERS)
    text: str = Field(min_length=1, max_length=TEXT_CHARACTERS)
    category: Category = Field(Category.OTHER, description=ABOUT)
    serials: list[str] = Field(
        [], max_length=MOST_SERIALS, description=f"Of at most {SERIAL_CHARACTERS} characters each"
    )


class NewSupportMessage(In):
    model_config = ConfigDict(json_schema_extra=sample(text="They are here now, thank you."))
    text: str = Field(min_length=1, max_length=TEXT_CHARACTERS)


class SupportQuery(Paging):
    state: RequestState | None = Field(None, description="Those of one state")


class OperatorQuery(SupportQuery):
    tenant: str = Field(
        "", max_length=120, description="A Customer ID, or a part of the name of a tenant"
    )
    quiet_days: int | None = Field(
        None, ge=1, le=3650, description="Those in which nobody said a word for so many days"
    )


class FileQuery(Schema):
    file_name: str = Field("", max_length=200, description="Where the body is the file itself")
    text: str = Field("", max_length=TEXT_CHARACTERS, description="What is said with the file")


class SupportFileOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_FILE))
    id: UUID
    name: str
    size: int = Field(description="In bytes")


class SupportMessageOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_MESSAGE))
    id: UUID
    side: Side
    step: Step = Field(description="What it did beside saying something")
    author: str
    at: datetime
    text: str = Field(description="May be empty where there are files, or it closed or reopened")
    files: list[SupportFileOut]


class SupportRequestOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_ROW))
    id: UUID
    customer_id: str = Field(description="Of the tenant that asks")
    tenant: str = Field(description="Its name")
    subject: str
    category: Category = Field(description=ABOUT)
    state: RequestState = Field(description=STATE)
    asked_by: str
    opened_at: datetime
    changed_at: datetime = Field(description="When somebody last said something, or closed it")


class SupportRequestDetailOut(SupportRequestOut):
    model_config = ConfigDict(
        json_schema_extra=sample(**SOME_ROW, serials=["5XK2QL3"], messages=[SOME_MESSAGE])
    )
    serials: list[str]
    messages: list[SupportMessageOut] = Field(description="The first one first")


class SupportRequestPage(PageOut):
    items: list[SupportRequestOut]


def row_json(row: RequestRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "customer_id": row.customer_id,
        "tenant": row.tenant_name,
        "subject": row.subject,
        "category": row.category,
        "state": row.state,
        "asked_by": row.asked_by,
        "opened_at": row.opened_at,
        "changed_at": row.changed_at,
    }


def detail_json(found: RequestDetail) -> dict[str, object]:
    return {
        **row_json(found.row),
        "serials": found.serials,
        "messages": [_message(message) for message in found.messages],
    }


def _message(row: MessageRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "side": row.side,
        "step": row.step,
        "author": row.author,
        "at": row.at,
        "text": row.text,
        "files": [{"id": file.uid, "name": file.name, "size": file.size} for file in row.files],
    }
