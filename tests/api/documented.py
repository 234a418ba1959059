"""Whether an answer is one that the OpenAPI document promises."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator, FormatChecker

from fleetward.api.app import api
from fleetward.api.auth import RATE_HEADERS

Json = dict[str, Any]
UNDOCUMENTED = {"nothing_here", "api_nothing_here", "api-root", "openapi-json"}
# What is no answer of an operation but of its address.
OF_ADDRESSES = {404, 405, 500}
# Headers that tell something of the answer, and must be declared where they come.
OURS = {"Location", "Idempotency-Replayed", "ETag", "Retry-After", *RATE_HEADERS}


@cache
def document() -> Json:
    read: Json = json.loads(json.dumps(api.get_openapi_schema()))
    return read


def operation_of(method: str, address: str) -> Json | None:
    """The operation behind an address; None for unknown addresses and methods."""
    try:
        match = resolve(address.partition("?")[0])
    except Resolver404:
        return None
    if match.url_name in UNDOCUMENTED:
        return None
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", match.route)
    found: Json | None = document()["paths"][path].get(method.lower())
    return found


def must_be_documented(method: str, address: str, answer: HttpResponse) -> None:
    """Fail when status, media type or body is not what the document says."""
    operation = operation_of(method, address)
    if operation is None:
        return
    status = answer.status_code
    if str(status) not in operation["responses"]:
        assert status in OF_ADDRESSES, (operation["operationId"], status, answer.content)
        return
    response = _resolved(operation["responses"][str(status)])
    undeclared = OURS & set(answer.headers) - set(response.get("headers", {}))
    assert not undeclared, (operation["operationId"], undeclared)
    content = response.get("content", {})
    if not content:
        assert answer.content == b""
        return
    kind = answer["Content-Type"].partition(";")[0]
    assert kind in content, (operation["operationId"], kind)
    if kind.endswith("json"):
        schema = {**content[kind]["schema"], "components": document()["components"]}
        checker = Draft202012Validator(schema, format_checker=FormatChecker())
        problems = [
            f"{e.json_path}: {e.message}" for e in checker.iter_errors(json.loads(answer.content))
        ]
        assert not problems, (operation["operationId"], problems)


def _resolved(response: Json) -> Json:
    """A response that is described once for all operations."""
    name = response.get("$ref", "").rpartition("/")[2]
    found: Json = document()["components"]["responses"][name] if name else response
    return found
