"""Answers as bytes: plain rows through msgspec, and the first answer to a repeated request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from pydantic import BaseModel

from fleetward.api.auth import caller_of
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.idempotency import Answer, Request, answer_once, find_answer
from fleetward.kernel.paging import Page

JSON = "application/json"
REPEATED = "Idempotency-Replayed"


def encoded(payload: object) -> bytes:
    """JSON of plain rows, dictionaries and schemas."""
    return msgspec.json.encode(payload, enc_hook=_of_schema)


def _of_schema(value: Any) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise NotImplementedError(type(value))


def answer(payload: object, *, status: int = 200) -> HttpResponse:
    """An answer that is not checked on its way out: for lists, where that costs half."""
    return HttpResponse(encoded(payload), status=status, content_type=JSON)


def listed(items: Iterable[object], page: Page[Any]) -> HttpResponse:
    """A page of a list, with the cursor of the next one."""
    return answer({"items": list(items), "next": page.after})


def csv_answer(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, name: str
) -> HttpResponseBase:
    """Rows as a file to keep."""
    return download_pieces(csv_lines(headers, rows), name=f"{name}.csv")


def once(
    request: HttpRequest,
    key: str | None,
    make: Callable[[], tuple[object, str]],
    *,
    status: int = 201,
    body: bytes | None = None,
) -> HttpResponse:
    """Answer with what `make` gives (payload, address of what was made or ''), once for a key.

    `body`: of a request that was read already, what of it makes it the same as another.
    Raises: KeyReused, and what `make` raises.
    """

    def effect() -> Answer:
        payload, location = make()
        return Answer(status, encoded(payload), location)

    if key is None:
        return _response(effect())
    now = caller_of(request).now
    return _response(answer_once(_asked(request, key, body), effect=effect, now=now))


def answered_before(request: HttpRequest, key: str | None) -> HttpResponse | None:
    """The answer that a key got, if any: for what must come before the transaction of `once`.

    Raises: KeyReused.
    """
    if key is None:
        return None
    found = find_answer(_asked(request, key), now=caller_of(request).now)
    return None if found is None else _response(found)


def _asked(request: HttpRequest, key: str, body: bytes | None = None) -> Request:
    caller = caller_of(request)
    said = request.body if body is None else body
    return Request(caller.tenant.id, caller.token_id, key, _digest(request, said))


def _digest(request: HttpRequest, body: bytes) -> str:
    """Of everything that makes a request the same as another."""
    first = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(first + body).hexdigest()


def _response(given: Answer) -> HttpResponse:
    response = HttpResponse(given.body, status=given.status, content_type=JSON)
    if given.location:
        response["Location"] = given.location
    if given.is_repeated:
        response[REPEATED] = "true"
    return response
