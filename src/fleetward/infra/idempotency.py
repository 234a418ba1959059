"""Requests that have one effect however often they are sent (hardening, 4).

The key is claimed, the effect happens and the answer is kept in one transaction: a crash in between
leaves neither, and a second request waits at the key until the first is through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import KeyReused

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks with which key, and the digest of what is asked for."""

    tenant: int
    holder: int
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; `is_repeated`: to an earlier request."""

    status: int
    body: bytes
    location: str = ""
    is_repeated: bool = False


def answer_once(request: Request, *, effect: Callable[[], Answer], now: datetime) -> Answer:
    """The answer of `effect`, or the one that the same key got within 24 hours.

    Raises: KeyReused, and what `effect` raises; then nothing is kept and the key is free.
    """
    with tenant_scope([request.tenant]):
        forget(tenant=request.tenant, now=now)
        if not sql.execute("infra", "claim_request", {**asdict(request), "now": now}):
            (first,) = _first_answer(request)
            return first
        answer = effect()
        kept = {"status": answer.status, "location": answer.location, "body": answer.body}
        sql.execute("infra", "keep_answer", {**asdict(request), **kept})
        return answer


def find_answer(request: Request, *, now: datetime) -> Answer | None:
    """The answer that the same key got within 24 hours. Raises: KeyReused.

    For work that comes before the effect, outside its transaction; `answer_once` still decides.
    """
    with tenant_scope([request.tenant]):
        forget(tenant=request.tenant, now=now)
        return next(iter(_first_answer(request)), None)


def _first_answer(request: Request) -> list[Answer]:
    """The answer that was given, if any, in a list."""
    found = sql.fetch("infra", "find_answer", asdict(request))
    if any(digest != request.digest for digest, *_ in found):
        raise KeyReused(request.key)
    return [
        Answer(status, bytes(body), location, is_repeated=True)
        for _, status, location, body in found
    ]


def forget(*, tenant: int, now: datetime) -> None:
    """Drop a tenant's answers that are too old to be repeated. Within a tenant scope."""
    sql.execute("infra", "purge_answers", {"tenant": tenant, "before": now - KEPT_FOR})
