"""What requests and answers of several subjects share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from ninja import Field, Header, Schema
from pydantic import BeforeValidator, ConfigDict

from fleetward.kernel.paging import MAX_LIMIT

CUSTOMER = "9KQ2M7XV4T"
SOME_ID = "6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10"
SOME_TIME = "2026-11-22T12:00:00Z"
SOME_PROBLEM: dict[str, object] = {
    "type": "urn:fleetward:error:not_found",
    "title": "Not Found",
    "status": 404,
    "detail": "Nothing was found at this address.",
    "code": "not_found",
    "fix": "Check the address, or go back to the list.",
    "request_id": "5f0c8d5be3a54ab0a9a4f8f5d8a64c0d",
}


def sample(**fields: object) -> dict[str, Any]:
    """The part of a schema's configuration that holds its example."""
    return {"examples": [fields]}


def change_sample(**fields: object) -> Callable[[dict[str, Any]], None]:
    """The same for a body of which only the given fields count: it tells no defaults.

    A program that fills in the defaults of the document would empty what it did not name.
    """

    def complete(schema: dict[str, Any]) -> None:
        schema["examples"] = [fields]
        for field in schema["properties"].values():
            field.pop("default", None)

    return complete


def _iso_day(value: object) -> object:
    """Pydantic would also take a number of seconds, and `20261122` as one."""
    if isinstance(value, date) or value is None:
        return value
    if isinstance(value, str) and len(value) == len("2026-11-22"):
        return value
    raise ValueError("Write a day as 2026-11-22")


Day = Annotated[date, BeforeValidator(_iso_day)]


class In(Schema):
    """A body: a field that is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Out(Schema):
    """An answer."""


class Paging(Schema):
    """Where a page of a list begins, and how much it holds."""

    cursor: str | None = Field(None, description="`next` of the page before; none for the first")
    limit: int = Field(50, ge=1, le=MAX_LIMIT, description="Rows in a page")


class PageOut(Out):
    """What every page of a list has; `items` comes from the list's own schema."""

    next: str | None = Field(description="The cursor of the next page; null at the end")


class ProblemPart(Out):
    where: str = Field(description="The place in the request, such as `body.serial`")
    what: str


class Problem(Out):
    """A refusal (RFC 9457). `code` never changes; the texts may."""

    model_config = ConfigDict(json_schema_extra=sample(**SOME_PROBLEM))
    type: str
    title: str
    status: int
    detail: str = Field(description="What happened")
    code: str = Field(description="Stable; docs/reference/errors.md lists all")
    fix: str = Field(description="What to do")
    request_id: str = Field(description="The same as the header X-Request-ID")
    fields: dict[str, str] | None = Field(None, description="What the texts are filled with")
    problems: list[ProblemPart] | None = Field(None, description="Every place that does not fit")


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=150,
        pattern=r"^[!-~]+$",
        description=(
            "The same key with the same request within 24 hours gets the first answer again and "
            "has no second effect; with another request it is refused."
        ),
    ),
]

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description="The `ETag` of the state that is to be changed; without one, any state",
    ),
]
