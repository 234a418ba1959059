"""The front desk of a simulated vendor: tokens, quota, dials, and the pages about itself."""

from __future__ import annotations

import asyncio
import gzip
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fleetward_simulators.dials import Dials, Stats, turned

T = TypeVar("T")

HEADER = "X-Fleetward-Simulator"
MINUTE = 60.0
BETWEEN_LOOKS = 0.01
GARBAGE = b'[{"this is": "not the answer you were'
MAINTENANCE = b"<!DOCTYPE html><html><head><title>Scheduled maintenance</title></head></html>"
ABOUT = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>{name} simulator</title></head><body><h1>This is a simulator of {name}</h1>
<p>It is for development and demonstration. Nothing that it says about any machine is true.</p>
<p><a href="_dials">dials</a> · <a href="_stats">statistics</a></p></body></html>"""


@dataclass(frozen=True, slots=True)
class Overload:
    """How a vendor says that it was called too often: most with 429 and nothing else."""

    status: int = 429
    header: str = ""
    too_fast: str = "Too many requests."
    too_many_today: str = "Too many requests today."


class Desk:
    """One simulated vendor's state. Runs in one event loop, hence no locks."""

    def __init__(self, vendor: str, name: str, dials: Dials) -> None:
        self.vendor = vendor
        self.name = name
        self.dials = dials
        self.stats = Stats()
        self.overload = Overload()
        self._at_rest = dials
        self._tokens: dict[str, float] = {}
        self._accepted: deque[float] = deque()
        self._accepted_today: Counter[date] = Counter()
        self._error_share = 0.0

    @property
    def anchor(self) -> date:
        return self.dials.anchor or datetime.now(UTC).date().replace(day=1)

    def answer(
        self, body: object, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """A JSON answer that says who gave it."""
        return self.raw(msgspec.json.encode(body), status, headers=headers)

    def raw(
        self,
        body: bytes,
        status: int = 200,
        media_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Response:
        marks = {HEADER: self.vendor, **(headers or {})}
        return Response(body, status, media_type=media_type, headers=marks)

    def packed(self, body: object) -> Response:
        """A JSON answer that is gzip whether asked for or not."""
        packed = gzip.compress(msgspec.json.encode(body), compresslevel=1)
        return self.raw(packed, headers={"Content-Encoding": "gzip"})

    async def trouble(
        self, request: Request, refusal: Callable[[int, str], object]
    ) -> Response | None:
        """What the dials do to a data call before anybody looks at it; None lets it pass.

        The call is read whole even so: an answer to half a request may end in a reset connection,
        which tells a client less than the trouble that was wanted.
        """
        await request.body()
        self._count_call(request)
        if not await self._wait(request):
            return self.answer(refusal(503, "The simulator was reset."), 503)
        if words := self._over_quota():
            self.stats.exceeded += 1
            return self._throttled(refusal, words)
        every = self.dials.throttle_every
        if every and self.stats.data_calls % every == 0:
            self.stats.throttled += 1
            return self._throttled(refusal, self.overload.too_fast)
        status = self.dials.force_status or (500 if self._is_error_due() else 0)
        if status:
            self.stats.errors += 1
            body = refusal(status, "An error has occurred.")
            return self.answer(body, status, self._retry_after() if status == 503 else None)
        return self._nonsense()

    async def _wait(self, request: Request) -> bool:
        """As long as the dials want. False: a reset came between, this call belongs to the past."""
        stats = self.stats
        stats.held += 1
        while self.dials.hold and not await request.is_disconnected():
            await asyncio.sleep(BETWEEN_LOOKS)
        stats.held -= 1
        if self.dials.latency_ms:
            await asyncio.sleep(self.dials.latency_ms / 1000)
        return self.stats is stats

    def _nonsense(self) -> Response | None:
        if self.dials.html200:
            return self.raw(MAINTENANCE, media_type="text/html")
        if self.dials.garbage:
            return self.raw(GARBAGE)
        if self.dials.oversize:
            return self.raw(oversized(), headers={"Content-Encoding": "gzip"})
        return None

    def _count_call(self, request: Request) -> None:
        now = time.time()
        self.stats.data_calls += 1
        self.stats.methods[request.method] += 1
        self.stats.first_at = self.stats.first_at or now
        self.stats.latest_at = now

    def _over_quota(self) -> str:
        """What the vendor says to a call beyond its quota, or '' to one that it accepts."""
        now, today = time.monotonic(), datetime.now(UTC).date()
        while self._accepted and self._accepted[0] <= now - MINUTE:
            self._accepted.popleft()
        minute, day = self.dials.quota_per_minute, self.dials.quota_per_day
        if minute and len(self._accepted) >= minute:
            return self.overload.too_fast
        if day and self._accepted_today[today] >= day:
            return self.overload.too_many_today
        if minute:
            self._accepted.append(now)
        self._accepted_today[today] += 1
        return ""

    def _is_error_due(self) -> bool:
        self._error_share += self.dials.error_rate
        is_due = self._error_share >= 1
        self._error_share -= is_due
        return is_due

    def _throttled(self, refusal: Callable[[int, str], object], words: str) -> Response:
        status, header = self.overload.status, self.overload.header
        headers = {**self._retry_after(), **({header: words} if header else {})}
        return self.answer(refusal(status, words), status, headers)

    def _retry_after(self) -> dict[str, str]:
        wanted = self.dials.retry_after
        if wanted == "date":
            moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
            wanted = format_datetime(moment, usegmt=True)
        return {"Retry-After": wanted} if wanted else {}

    # Tokens ----------------------------------------------------------------------------------

    def new_token(self) -> str:
        self.stats.token_calls += 1
        now = time.monotonic()
        self._tokens = {t: until for t, until in self._tokens.items() if until > now}
        token = secrets.token_urlsafe(24)
        self._tokens[token] = now + self.dials.token_seconds
        return token

    def is_signed_in(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        is_valid = self._tokens.get(token, 0.0) > time.monotonic()
        if scheme.lower() == "bearer" and is_valid:
            return True
        self.stats.refused += 1
        return False

    def refused_client(self, client_id: str, secret: str) -> str:
        """Why these credentials are refused, or ''. Any are good but the ones that say so."""
        if client_id == "expired":
            return "The client secret has expired. Renew it in the developer portal."
        if self.dials.refuse_credentials or "wrong" in (client_id, secret):
            return "The given client credentials were not valid."
        return "" if client_id and secret else "Client credentials are missing."

    # Answers ---------------------------------------------------------------------------------

    def is_poisoned(self, serials: Sequence[str]) -> bool:
        poison = self.dials.poison_serial
        return bool(poison) and poison in serials

    def asked_for(self, serials: Iterable[str]) -> None:
        """Count an answered call."""
        asked = list(serials)
        self.stats.answered_calls += 1
        self.stats.devices_answered += len(asked)
        if self.dials.count_serials:
            self.stats.serials.update(asked)

    def dealt(self, items: list[T]) -> list[T]:
        """The items of an answer in the order and number that the dials want."""
        if self.dials.half_batch:
            items = items[: len(items) // 2]
        if self.dials.reverse_order:
            items = items[::-1]
        return items + items if self.dials.repeat_items else items

    # Pages about itself ----------------------------------------------------------------------

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._show_about),
            Route("/_dials", self._show_dials, methods=["GET"]),
            Route("/_dials", self._turn, methods=["POST"]),
            Route("/_dials", self._reset, methods=["DELETE"]),
            Route("/_stats", self._show_stats, methods=["GET"]),
        ]

    async def _show_about(self, _request: Request) -> Response:
        return self.raw(ABOUT.format(name=self.name).encode(), media_type="text/html")

    async def _show_dials(self, _request: Request) -> Response:
        return self.answer(self.dials)

    async def _turn(self, request: Request) -> Response:
        try:
            self.dials = turned(self.dials, await request.body())
        except msgspec.MsgspecError as error:
            return self.answer({"error": str(error)}, 422)
        if self.dials.oversize:
            # Packed now: it takes longer than a caller who is asked to be quick would wait.
            oversized()
        if self.dials.expire_token:
            self._tokens.clear()
            self.dials.expire_token = False
        return self.answer(self.dials)

    async def _reset(self, _request: Request) -> Response:
        """Dials at rest and statistics at zero; tokens and jobs stay."""
        self.dials = self._at_rest
        self.stats = Stats()
        self._accepted.clear()
        self._accepted_today.clear()
        self._error_share = 0.0
        return self.answer(self.dials)

    async def _show_stats(self, request: Request) -> Response:
        shown: dict[str, Any] = msgspec.to_builtins(self.stats)
        if "serials" not in request.query_params:
            del shown["serials"]
        return self.answer(shown)


async def form_of(request: Request) -> dict[str, list[str]]:
    """The values of an urlencoded body."""
    return parse_qs((await request.body()).decode("utf-8", "replace"))


@cache
def oversized() -> bytes:
    """An answer of 100 MB that travels as 100 kB."""
    return gzip.compress(b"[" + b" " * 100_000_000 + b"]", compresslevel=1)
