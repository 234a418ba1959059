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
            return msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedBody(str(error)) from None
        except RecursionError:
            raise MalformedBody("it is nested too deeply") from None
