"""Transfers in a process of their own: from the upload to the summary, and two at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from django.db import connections

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.transfers.actions import (
    match_transfer,
    move_transfer,
    read_transfer,
    start_transfer,
    upload_transfer,
)
from fleetward.transfers.contracts import Upload
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import iterate_rows
from fleetward.transfers.texts import description_of
from tests.bench.work.spanning import admin

PIECE = 1024 * 1024


def transfer(source: int, path: str) -> dict[str, object]:
    """A file from its upload to the last row of its summary; seconds of each step."""
    began = time.perf_counter()
    uid = _sent(source, Path(path))
    seconds: dict[str, object] = {}
    for name, work in (
        ("reading", _read),
        ("preview", _match),
        ("moving", _start_and_move),
        ("summary", _summary),
    ):
        before = time.perf_counter()
        work(source, uid)
        seconds[name] = time.perf_counter() - before
    stored = _stored(source, uid)
    return seconds | {"seconds": time.perf_counter() - began, "counts": stored.counts}


def preview(source: int, path: str) -> dict[str, object]:
    """Seconds in which the devices of a file are found, and what moving them would do."""
    uid = _sent(source, Path(path))
    _read(source, uid)
    before = time.perf_counter()
    _match(source, uid)
    return {"seconds": time.perf_counter() - before, "counts": _stored(source, uid).counts}


def race(source: int, paths: list[str]) -> dict[str, object]:
    """Two transfers of the same devices, moved at once by two workers; what became of the rows."""
    uids = [_sent(source, Path(path)) for path in paths]
    for uid in uids:
        _read(source, uid)
        _match(source, uid)
        start_transfer(actor=admin(), tenant=source, uid=uid, now=utc_now())

    with ThreadPoolExecutor(len(uids)) as pool:
        list(pool.map(lambda uid: _move(source, uid), uids))
    return {"counts": [_stored(source, uid).counts for uid in uids]}


def _sent(source: int, path: Path) -> UUID:
    with path.open("rb") as file:
        return upload_transfer(
            actor=admin(),
            source=source,
            upload=Upload(path.name),
            chunks=iter(lambda: file.read(PIECE), b""),
            now=utc_now(),
        ).uid


def _stored(source: int, uid: UUID) -> Transfer:
    with tenant_scope([source]):
        return Transfer.objects.get(uid=uid)


def _job(work: Callable[..., None], source: int, uid: UUID) -> None:
    work(tenant=source, transfer=_stored(source, uid).id, clock=utc_now)


def _read(source: int, uid: UUID) -> None:
    _job(read_transfer, source, uid)


def _match(source: int, uid: UUID) -> None:
    _job(match_transfer, source, uid)


def _move(source: int, uid: UUID) -> None:
    """With a second worker at the far end, as the queue has for a long one."""
    number = _stored(source, uid).id

    def work(is_backward: bool) -> None:
        try:
            move_transfer(tenant=source, transfer=number, clock=utc_now, is_backward=is_backward)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (False, True)))


def _start_and_move(source: int, uid: UUID) -> None:
    start_transfer(actor=admin(), tenant=source, uid=uid, now=utc_now())
    _move(source, uid)


def _summary(source: int, uid: UUID) -> None:
    for line in iterate_rows(actor=admin(), tenant=source, uid=uid):
        description_of(line.outcome, line.refusal)
