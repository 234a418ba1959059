"""Taking a file in, as the body itself or as a part of a form, without holding it in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja.errors import ValidationError

from fleetward.api.answers import REPEATED, answer
from fleetward.api.auth import Caller
from fleetward.api.errors import MalformedBody, WrongMediaType
from fleetward.infra.files.errors import FileTooLarge
from fleetward.infra.files.limits import DEFAULT_LIMITS, MEBIBYTE
from fleetward.kernel.errors import KeyReused

CHUNK_BYTES = 64 * 1024
FORM = "multipart/form-data"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What the bytes are is seen from the bytes; the declaration only tells a file from a form.
RAW = ("text/csv", XLSX, "application/gzip", "application/octet-stream")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
UPLOAD_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "text/csv": {"schema": {"type": "string"}, "example": "Serial,Vendor\n5XK2QL3,Dell\n"},
        **{kind: _BINARY | {"example": "(bytes)"} for kind in RAW[1:]},
        FORM: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            },
            "example": {"file": "(bytes)"},
        },
    },
}


class Taken(Protocol):
    """What became of an upload. `is_repeated`: it is that of an earlier, equal request."""

    @property
    def uid(self) -> UUID: ...
    @property
    def is_repeated(self) -> bool: ...


def stored_key(caller: Caller, key: str | None) -> str | None:
    """What an idempotency key is kept as: two tokens may use the same."""
    return f"api:{caller.token_id}:{key}" if key else None


@contextmanager
def keyed(key: str | None) -> Iterator[None]:
    """The key that is stored names the token too, which is nothing to tell. Raises: KeyReused."""
    try:
        yield
    except KeyReused:
        raise KeyReused(key or "") from None


def taken_in(taken: Taken, shown_by: str) -> HttpResponse:
    """The answer to an upload that a worker reads; `shown_by`: the operation that shows it."""
    response = answer({"id": taken.uid}, status=202)
    response["Location"] = reverse(f"api:{shown_by}", args=[taken.uid])
    return marked(response, is_repeated=taken.is_repeated)


def marked(response: HttpResponse, *, is_repeated: bool) -> HttpResponse:
    """Say whether it answers an earlier request."""
    if is_repeated:
        response[REPEATED] = "true"
    return response


def received(request: HttpRequest) -> tuple[str, Iterable[bytes]]:
    """The name of the uploaded file, '' where it has none, and its bytes in pieces.

    Raises: WrongMediaType, MalformedBody, FileTooLarge, and ninja's ValidationError for a form
    without the file.
    """
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    _refuse_at_once(size)
    if request.content_type == FORM:
        return _from_form(request)
    if request.content_type not in RAW:
        raise WrongMediaType(request.content_type or "", ", ".join([*RAW, FORM]))
    return "", _pieces(request, size)


def _refuse_at_once(size: int) -> None:
    """Before a form of any size is written to the disk. What surrounds the file is small."""
    if size > DEFAULT_LIMITS.plain_bytes + MEBIBYTE:
        raise FileTooLarge(-(-size // MEBIBYTE), DEFAULT_LIMITS.plain_bytes // MEBIBYTE)


def _from_form(request: HttpRequest) -> tuple[str, Iterable[bytes]]:
    """A form that breaks off has no file: Django keeps a part only when it has seen its end."""
    names = [*request.FILES, *request.POST]
    files = cast(Any, request.FILES.getlist("file"))
    if names != ["file"] or len(files) != 1:
        what = "Send one file as 'file', and nothing beside it; options are parameters"
        raise ValidationError([{"loc": ("form", "file"), "msg": what}])
    return files[0].name or "", files[0].chunks()


def _pieces(request: HttpRequest, size: int) -> Iterator[bytes]:
    """Raises: MalformedBody when fewer bytes come than were declared."""
    while piece := request.read(CHUNK_BYTES):
        size -= len(piece)
        yield piece
    if size > 0:
        raise MalformedBody("it broke off before its end")
