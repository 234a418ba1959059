"""The trail of the tenant."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import AfterValidator, AwareDatetime, ConfigDict, StringConstraints

from fleetward.access.contracts import Capability
from fleetward.api.answers import listed
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, Out, PageOut, Paging, sample
from fleetward.audit.contracts import (
    MOST_ACTORS,
    AuditRow,
    EntryFilter,
    LogLevel,
    LogType,
    Verb,
)
from fleetward.audit.queries import list_entries

router = Router(tags=["audit"])


MOST_WORDS = 100
FIRST_YEAR, LAST_YEAR = 1900, 9000


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("NUL stands in no entry.")
    return text


def _of_calendar(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"Give a moment of the years {FIRST_YEAR} to {LAST_YEAR}.")
    return moment


Who = Annotated[str, StringConstraints(min_length=1, max_length=320), AfterValidator(_storable)]
What = Annotated[str, AfterValidator(_storable)]
Moment = Annotated[AwareDatetime, AfterValidator(_of_calendar)]


class AuditSort(StrEnum):
    """An order, with a minus sign for descending."""

    AT = "at"
    AT_DOWN = "-at"


class AuditQuery(Paging):
    """The filters of the logs. All that is given must hold; repeats are alternatives."""

    since: Moment | None = Field(None, description="Only entries of this moment or later")
    until: Moment | None = Field(None, description="Only entries before this moment")
    type: list[LogType] = Field([], max_length=MOST_WORDS, description="Any of these types")
    verb: list[Verb] = Field(
        [],
        max_length=MOST_WORDS,
        description="Any of these sub types; docs/reference/audit.md lists all",
    )
    level: list[LogLevel] = Field([], max_length=MOST_WORDS, description="Any of these levels")
    actor: list[Who] = Field([], max_length=MOST_ACTORS, description="Any of these")
    identifier: What = Field(
        "", max_length=128, description="A `subject`, such as `device:` and an id, or the id alone"
    )
    sort: AuditSort = Field(AuditSort.AT_DOWN, description="The order of their time")


class AuditOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            at=SOME_TIME,
            actor="admin@acme.example",
            type="DEVICES",
            verb="device.changed",
            level="INFO",
            subject="device:" + SOME_ID,
            details={"before": {"name": "PC-1"}, "after": {"name": "PC-2"}},
            request_id="5f0c8d5be3a54ab0a9a4f8f5d8a64c0d",
            address="192.0.2.7",
        )
    )
    id: UUID
    at: datetime
    actor: str
    type: LogType
    verb: Verb = Field(description="The sub type")
    level: LogLevel
    subject: str
    details: dict[str, object]
    request_id: str
    address: str


class AuditPage(PageOut):
    items: list[AuditOut]


def entry_json(row: AuditRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "at": row.at,
        "actor": row.actor,
        "type": row.type,
        "verb": row.verb,
        "level": row.level,
        "subject": row.subject,
        "details": row.details,
        "request_id": row.request_id,
        "address": row.address,
    }


@call(router, "GET /audit", needs=Capability.SEE_AUDIT, answers=AuditPage)
def list_audit(request: HttpRequest, paging: Query[AuditQuery]) -> HttpResponse:
    """List the audit log of the tenant, latest first unless asked otherwise."""
    caller = caller_of(request)
    page = list_entries(
        actor=caller.actor,
        tenant=caller.tenant.id,
        cursor=paging.cursor,
        limit=paging.limit,
        only=EntryFilter(
            since=paging.since,
            until=paging.until,
            types=tuple(paging.type),
            verbs=tuple(paging.verb),
            levels=tuple(paging.level),
            actors=tuple(paging.actor),
            identifier=paging.identifier,
        ),
        is_ascending=paging.sort is AuditSort.AT,
    )
    return listed(map(entry_json, page.rows), page)
