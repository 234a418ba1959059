"""Reading bodies: JSON only, declared as such, and strictly."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja.parser import Parser

from fleetward.api.errors import MalformedBody, WrongMediaType


class StrictParser(Parser):
    """Raises: WrongMediaType, MalformedBody; ninja hands them on as the cause of an HttpError."""

    def parse_body(self, request: HttpRequest) -> Any:
        kind = request.content_type or ""
        if kind != "application/json" and not kind.endswith("+json"):
            raise WrongMediaType(kind)
        try:
            value = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedBody(str(error)) from None
        except RecursionError:
            raise MalformedBody("it is nested too deeply") from None
        if rb"\u0000" in request.body and has_nul(value):
            raise MalformedBody("a text holds the character NUL, which cannot be stored")
        return value


def has_nul(value: Any) -> bool:
    """Whether any text in a decoded body holds what PostgreSQL cannot store."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(map(has_nul, [*value, *value.values()]))
    return isinstance(value, list) and any(map(has_nul, value))
