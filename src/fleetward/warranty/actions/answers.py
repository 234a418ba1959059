"""Storing what providers said: staged by COPY, merged and recomputed by one statement each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

from django.db import connection

from fleetward.devices.queries.pure import normalise_manufacturer
from fleetward.infra import sql
from fleetward.warranty.contracts import Answer, AnswerKind, Entitlement, NotCover, Reason
from fleetward.warranty.models import NotCoverCode
from fleetward.warranty.rules import is_not_cover, not_found_reason

# So many rows are worth statistics; fewer are planned well by the size of the table alone.
ANALYZE_FROM = 5_000
UNANSWERED = "UNANSWERED"
UNASKED = "UNASKED"
NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})

_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS warranty_touched (
    device_id bigint PRIMARY KEY, kind text, reason text, ships_on date, is_simulated boolean,
    asked_at timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS warranty_line (
    device_id bigint, line_key text, code text, name text, kind text, service_level text,
    number text, starts_on date, ends_on date, is_rolling boolean, is_cancelled boolean,
    is_cover boolean, is_simulated boolean
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS warranty_said (
    device_id bigint, digest text, body text, is_simulated boolean
) ON COMMIT DELETE ROWS;
TRUNCATE warranty_touched, warranty_line, warranty_said;
"""


def stage() -> None:
    """Make the temporary tables, empty, in the present transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)


def stage_devices(devices: Iterable[int]) -> None:
    """Stage devices of which only the entitlements change."""
    stage()
    sql.copy_rows("warranty_touched", [(device, "", "", None, False, None) for device in devices])


def lock_coverage(tenant: int) -> int:
    """Hold the staged devices to the end of the transaction; how many of them have coverage.

    Until then nobody else stores an answer about them, or enters or releases a warranty.
    """
    count: int = sql.fetch("warranty", "lock_coverage", {"tenant": tenant})[0][0]
    return count


def store_answers(
    *,
    tenant: int,
    source: str,
    answers: Sequence[tuple[int, Answer, bool]],
    unanswered: Iterable[tuple[int, str]] = (),
    unasked: Iterable[tuple[int, str]] = (),
    asked: Mapping[int, str] = MappingProxyType({}),
    now: datetime,
) -> None:
    """Store the answers of one source for devices of one tenant, within the caller's transaction.

    Each is a device's id, its answer, and whether a simulator gave it (W20); each device comes
    once. `unanswered` are devices with the reason why there is no answer (W13), `unasked` the same
    for those that the source was not asked about. `asked` is when it was asked about a device, in
    words, if not now: what is known since a later question stays, whole, whoever comes last.
    Repeat: the same answers again change nothing but when they were seen.
    """
    stage()
    present = str(now)
    unknown = _not_found_reasons(tenant, answers)
    touched = [
        _touched(device, answer, simulated, unknown.get(device, answer.reason))
        + f"\t{asked.get(device, present)}\n"
        for device, answer, simulated in answers
    ]
    for kind, reasons in ((UNANSWERED, unanswered), (UNASKED, unasked)):
        touched += [
            f"{device}\t{kind}\t{reason}\t{NULL}\tf\t{asked.get(device, present)}\n"
            for device, reason in reasons
        ]
    sql.copy_text("warranty_touched", touched)
    sql.copy_text("warranty_line", _lines(answers, _cover_judge()))
    sql.copy_text("warranty_said", _said(answers))
    if len(touched) >= ANALYZE_FROM:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE warranty_touched, warranty_line, warranty_said")
    lock_coverage(tenant)
    params = {"tenant": tenant, "source": source, "now": now}
    sql.execute("warranty", "merge_evidence", params)
    sql.execute("warranty", "merge_entitlements", params)
    # Last, because its trigger locks rows of the tally that all workers share.
    sql.execute("warranty", "recompute_coverage", params)


def _not_found_reasons(
    tenant: int, answers: Iterable[tuple[int, Answer, bool]]
) -> dict[int, Reason]:
    """Of devices that the vendor does not know: what their models say of it (W11, W16)."""
    unknown = [device for device, answer, _ in answers if answer.kind is AnswerKind.NOT_FOUND]
    params = {"tenant": tenant, "devices": unknown}
    rows = sql.fetch("warranty", "list_made", params) if unknown else []
    return {
        device: not_found_reason(maker, normalise_manufacturer(maker, model))
        for device, maker, model in rows
    }


def _touched(device: int, answer: Answer, is_simulated: bool, why: Reason | None) -> str:
    kind: str = answer.kind
    reason: str = why or ""
    if answer.kind is AnswerKind.REFUSED:
        kind, reason = UNANSWERED, reason or Reason.ANSWER_UNREADABLE
    return f"{device}\t{kind}\t{reason}\t{_day(answer.ships_on)}\t{is_simulated}"


def _lines(
    answers: Iterable[tuple[int, Answer, bool]], is_cover: Callable[[Entitlement], bool]
) -> Iterator[str]:
    """The rows of `warranty_line` as COPY reads them."""
    for device, answer, is_simulated in answers:
        if answer.kind is AnswerKind.FOUND:
            keys: set[str] = set()
            for line in answer.entitlements:
                text = _columns(line)
                key = _free_key(text, is_simulated, keys)
                keys.add(key)
                yield f"{device}\t{key}\t{text}\t{is_cover(line)}\t{is_simulated}\n"


def line_key(line: Entitlement, is_simulated: bool, taken: set[str]) -> str:
    """A digest of the line; a vendor that lists a line twice has two lines (W8)."""
    return _free_key(_columns(line), is_simulated, taken)


def _free_key(text: str, is_simulated: bool, taken: set[str]) -> str:
    key = hashlib.blake2b(f"{is_simulated}{text}".encode(), digest_size=8).hexdigest()
    number = 2
    while key in taken:
        key = f"{key[:16]}-{number}"
        number += 1
    return key


def _columns(line: Entitlement) -> str:
    """What a line is, in the order of `warranty_line` and escaped for COPY."""
    texts: tuple[str, ...] = (
        line.code[:80],
        line.name[:300],
        line.kind,
        line.service_level[:300],
        line.number[:80],
    )
    if _is_odd("".join(texts)):
        texts = tuple(_escaped(text) for text in texts)
    joined = "\t".join(texts)
    days = f"{_day(line.starts_on)}\t{_day(line.ends_on)}"
    return f"{joined}\t{days}\t{line.is_rolling}\t{line.is_cancelled}"


@lru_cache(maxsize=20_000)
def _day(day: date | None) -> str:
    """As COPY reads it; there are few days, and each is written often."""
    return str(day) if day else NULL


def _is_odd(text: str) -> bool:
    """Whether COPY would misread it. Six times as quick as one pattern for all."""
    return "\\" in text or "\n" in text or "\t" in text or "\r" in text or "\0" in text


def _escaped(text: str) -> str:
    return _stored(text).translate(_ESCAPES)


def _said(answers: Iterable[tuple[int, Answer, bool]]) -> Iterator[str]:
    """The rows of `warranty_said` as COPY reads them."""
    for device, answer, is_simulated in answers:
        if answer.payload:
            digest = hashlib.sha256(answer.payload).hexdigest()
            body = answer.payload.decode("utf-8", "replace")
            if _is_odd(body):
                body = _escaped(body)
            yield f"{device}\t{digest}\t{body}\t{is_simulated}\n"


def _stored(text: str) -> str:
    """PostgreSQL's text cannot hold the character NUL."""
    return text.replace("\0", "") if "\0" in text else text


def not_cover_list() -> list[NotCover]:
    """The installation's list of what is no hardware cover (W9)."""
    rows = NotCoverCode.objects.order_by("id")
    return [NotCover(row.provider, row.code, row.name_contains) for row in rows]


def _cover_judge() -> Callable[[Entitlement], bool]:
    """Whether a line is hardware cover, judged once for each code and name."""
    entries = not_cover_list()
    known: dict[tuple[str, str, str], bool] = {}

    def judge(line: Entitlement) -> bool:
        key = (line.source, line.code, line.name)
        if key not in known:
            known[key] = not is_not_cover(line, entries)
        return known[key]

    return judge
