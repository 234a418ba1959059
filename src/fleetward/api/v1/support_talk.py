"""What both sides do with a support request over the API."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from fleetward.api.answers import answer, listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.uploads import keyed, marked, received, stored_key
from fleetward.api.v1.support_schemas import FileQuery, detail_json, row_json
from fleetward.infra.downloads import BYTES, download_kept
from fleetward.support import actions, queries
from fleetward.support.contracts import (
    FILE_MEBIBYTES,
    MEBIBYTE,
    AttachmentTooLarge,
    NewFile,
    NewMessage,
    Side,
    Wanted,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A side, and the operation that shows one of its requests."""

    side: Side
    shows: str

    def list(
        self, request: HttpRequest, wanted: Wanted, cursor: str | None, limit: int
    ) -> HttpResponse:
        caller = caller_of(request)
        page = queries.list_requests(
            actor=caller.actor,
            tenant=caller.tenant.id,
            side=self.side,
            wanted=wanted,
            cursor=cursor,
            limit=limit,
        )
        return listed(map(row_json, page.rows), page)

    def shown(self, caller: Caller, request_id: UUID) -> dict[str, object]:
        return detail_json(queries.get_request(**caller.one(request_id), side=self.side))

    def where(self, request_id: UUID) -> str:
        return reverse(f"api:{self.shows}", args=[request_id])

    def say(
        self, request: HttpRequest, key: str | None, request_id: UUID, text: str
    ) -> HttpResponse:
        caller = caller_of(request)

        def make() -> tuple[object, str]:
            actions.answer(
                **caller.one(request_id), side=self.side, told=NewMessage(text), now=caller.now
            )
            return self.shown(caller, request_id), self.where(request_id)

        return once(request, key, make)

    def end(self, request: HttpRequest, key: str | None, request_id: UUID) -> HttpResponse:
        caller = caller_of(request)

        def make() -> tuple[object, str]:
            actions.close(**caller.one(request_id), side=self.side, now=caller.now)
            return self.shown(caller, request_id), ""

        return once(request, key, make, status=200)

    def go_on(self, request: HttpRequest, key: str | None, request_id: UUID) -> HttpResponse:
        caller = caller_of(request)

        def make() -> tuple[object, str]:
            actions.reopen(**caller.one(request_id), side=self.side, now=caller.now)
            return self.shown(caller, request_id), ""

        return once(request, key, make, status=200)

    def attach(
        self, request: HttpRequest, key: str | None, request_id: UUID, told: FileQuery
    ) -> HttpResponse:
        """Raises: AttachmentTooLarge before a large form is written to the disk."""
        caller = caller_of(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > (FILE_MEBIBYTES + 1) * MEBIBYTE:
            raise AttachmentTooLarge(told.file_name)
        name, chunks = received(request)
        # The file is sent once and read once, so that its key is kept with the message.
        message = NewMessage(
            told.text,
            (NewFile(told.file_name or name, chunks),),
            stored_key(caller, key) or "",
        )
        with keyed(key):
            done = actions.answer(
                **caller.one(request_id), side=self.side, told=message, now=caller.now
            )
        response = answer(self.shown(caller, request_id), status=201)
        response["Location"] = self.where(request_id)
        return marked(response, is_repeated=done.is_repeated)

    def file(self, request: HttpRequest, request_id: UUID, file_id: UUID) -> HttpResponseBase:
        caller = caller_of(request)
        row, path = actions.fetch_attachment(
            **caller.one(request_id), side=self.side, attachment=file_id, now=caller.now
        )
        return download_kept(path, name=row.name, content_type=BYTES)
