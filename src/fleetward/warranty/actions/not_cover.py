"""The installation's list of what is no hardware cover (W9), and what follows from an edit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra import sql
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import take_turns, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import Forbidden
from fleetward.tenancy.queries import list_tenant_ids
from fleetward.warranty.actions.answers import lock_coverage, not_cover_list, stage
from fleetward.warranty.contracts import BadNotCover, Entitlement, EntitlementKind, NotCover
from fleetward.warranty.models import IdentityMark, NotCoverCode
from fleetward.warranty.rules import is_not_cover

SLICE = 50_000


@use_case
def change_not_cover(*, actor: Actor, entries: Sequence[NotCover], now: datetime) -> None:
    """Replace the list, for every tenant, and recompute the coverage that it concerns, in jobs.

    Of two that are set at once the later one stands, whole.
    Raises: Forbidden, BadNotCover.   Audit: warranty.not_cover_changed
    """
    if not actor.is_operator:
        raise Forbidden
    if not all(entry.code or entry.name_contains for entry in entries):
        raise BadNotCover
    take_turns(NotCoverCode)
    before = len(not_cover_list())
    NotCoverCode.objects.all().delete()
    NotCoverCode.objects.bulk_create(
        [
            NotCoverCode(
                provider=entry.provider, code=entry.code, name_contains=entry.name_contains
            )
            for entry in dict.fromkeys(entries)
        ]
    )
    for tenant in list_tenant_ids():
        # Not under a key: a job that waits already may start before this list is committed. One
        # after another, so that none that judges by this list ends after one with a later list.
        enqueue("warranty.follow_not_cover", lock=f"warranty.not_cover:{tenant}", tenant=tenant)
    record(
        actor=actor,
        verb=Verb.NOT_COVER_CHANGED,
        tenant=None,
        details={"entries_before": before, "entries_after": len(set(entries))},
        now=now,
    )


def follow_not_cover(*, tenant: int, now: datetime) -> int:
    """Judge the stored lines of a tenant by the present list; returns how many devices changed.

    In slices of its devices, each its own transaction.   Repeat: a second call changes nothing.
    """
    _wait_for_answers(tenant)
    kinds = _wrong_kinds(tenant)
    latest: int | None = 0 if kinds else None
    devices = 0
    while latest is not None:
        latest, changed = _follow_slice(tenant, latest, kinds, now)
        devices += changed
    return devices


def _wait_for_answers(tenant: int) -> None:
    """Until those are stored, or not, that were judged by the list of before.

    Whoever stores answers shares the mark before lines are judged, and to the end.
    """
    with tenant_scope([tenant]):
        IdentityMark.objects.select_for_update().filter(tenant_id=tenant).first()


def _wrong_kinds(tenant: int) -> str:
    """Kinds of lines that are taken for what they are not, for the statements; '' if none."""
    entries = not_cover_list()
    with tenant_scope([tenant]):
        kinds = sql.fetch("warranty", "list_line_kinds", {"tenant": tenant})
    wrong = [
        {"source": source, "code": code, "name": name, "is_cover": not is_cover}
        for source, code, name, is_cover in kinds
        if is_not_cover(_line(source, code, name), entries) is is_cover
    ]
    return json.dumps(wrong) if wrong else ""


def _follow_slice(tenant: int, after: int, kinds: str, now: datetime) -> tuple[int | None, int]:
    """Judge lines of the next devices; the last of these, if any, and how many changed."""
    params = {"tenant": tenant, "after": after, "most": SLICE, "kinds": kinds, "now": now}
    with tenant_scope([tenant]):
        stage()
        latest, devices = sql.fetch("warranty", "match_cover", params)[0]
        if devices:
            lock_coverage(tenant)
            sql.execute("warranty", "recompute_cover", params)
            sql.execute("warranty", "recompute_coverage", params)
        return latest, devices


def _line(source: str, code: str, name: str) -> Entitlement:
    return Entitlement(source, code, name, EntitlementKind.OTHER, None, None)
