"""The installation's list of what is no hardware cover (W9), and what follows from an edit."""

from __future__ import annotations

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
from fleetward.warranty.models import NotCoverCode
from fleetward.warranty.rules import is_not_cover


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
        # Not under a key: a job that waits already may start before this list is committed.
        enqueue("warranty.follow_not_cover", tenant=tenant)
    record(
        actor=actor,
        verb=Verb.NOT_COVER_CHANGED,
        tenant=None,
        details={"entries_before": before, "entries_after": len(set(entries))},
        now=now,
    )


def follow_not_cover(*, tenant: int, now: datetime) -> int:
    """Judge the stored lines of a tenant by the present list; returns how many devices changed.

    Repeat: a second call changes nothing.
    """
    entries = not_cover_list()
    with tenant_scope([tenant]):
        kinds = sql.fetch("warranty", "list_line_kinds", {"tenant": tenant})
        wrong = [
            {
                "tenant": tenant,
                "source": source,
                "code": code,
                "name": name,
                "is_cover": not is_cover,
            }
            for source, code, name, is_cover in kinds
            if is_not_cover(_line(source, code, name), entries) is is_cover
        ]
        stage()
        devices = sum(sql.execute("warranty", "match_cover", kind) for kind in wrong)
        if devices:
            lock_coverage(tenant)
            for kind in wrong:
                sql.execute("warranty", "recompute_cover", kind)
            sql.execute("warranty", "recompute_coverage", {"tenant": tenant, "now": now})
        return devices


def _line(source: str, code: str, name: str) -> Entitlement:
    return Entitlement(source, code, name, EntitlementKind.OTHER, None, None)
