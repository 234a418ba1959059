"""Saved filters of the logs: kept for oneself, or public to all who see the logs of the tenant.

A filter holds no entries: whoever opens it sees what it leaves today.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fleetward.audit.actions.trail import record, use_case
from fleetward.audit.contracts import (
    FILTER_NAME_CHARACTERS,
    BadLogFilter,
    LogFilterInput,
    LogFilterNameTaken,
    LogFilterRow,
    TooManyLogFilters,
    Verb,
)
from fleetward.audit.models import LogFilter
from fleetward.audit.queries.filters import filter_row
from fleetward.infra.tx import constrained, wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.kernel.rights import Capability, require

LONGEST_QUERY = 6_000
MOST_FILTERS = 200
NAME_CONSTRAINT = "audit_logfilter_name_once"
_COUNT_LOCK = 7_361


@use_case
def save_filter(*, actor: Actor, tenant: int, kept: LogFilterInput, now: datetime) -> UUID:
    """Keep a filter under a name.

    Raises: NotFound, Forbidden, BadLogFilter, LogFilterNameTaken, TooManyLogFilters.
    Audit: log.filter_saved
    """
    require(actor, Capability.SEE_AUDIT, tenant=tenant)
    if actor.user_id is None:
        raise Forbidden
    wait_turn(_COUNT_LOCK, actor.user_id)
    if LogFilter.objects.filter(tenant_id=tenant, user_id=actor.user_id).count() >= MOST_FILTERS:
        raise TooManyLogFilters(MOST_FILTERS)
    made = LogFilter(tenant_id=tenant, user_id=actor.user_id, created_at=now)
    _store(made, kept, now)
    _record(actor, Verb.LOG_FILTER_SAVED, made, now)
    return made.uid


@use_case
def change_filter(
    *,
    actor: Actor,
    tenant: int,
    uid: UUID,
    kept: LogFilterInput,
    now: datetime,
    seen: datetime | None = None,
) -> LogFilterRow:
    """Change a filter of one's own, or a public one with the right to manage settings.

    `seen`: when it had changed last as the actor saw it; None overwrites whatever it has.

    Raises: NotFound, Forbidden, BadLogFilter, LogFilterNameTaken, ChangedMeanwhile.
    Audit: log.filter_changed
    """
    require(actor, Capability.SEE_AUDIT, tenant=tenant)
    found = _changeable(actor, tenant, uid)
    if seen not in (None, found.updated_at):
        raise ChangedMeanwhile
    _store(found, kept, now)
    _record(actor, Verb.LOG_FILTER_CHANGED, found, now)
    return filter_row(actor, found)


@use_case
def delete_filter(*, actor: Actor, tenant: int, uid: UUID, now: datetime) -> str:
    """Forget a filter; returns its name.

    Raises: NotFound, Forbidden.   Audit: log.filter_deleted
    """
    require(actor, Capability.SEE_AUDIT, tenant=tenant)
    found = _changeable(actor, tenant, uid)
    _record(actor, Verb.LOG_FILTER_DELETED, found, now)
    found.delete()
    return found.name


def _changeable(actor: Actor, tenant: int, uid: UUID) -> LogFilter:
    found = LogFilter.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    is_own = found is not None and found.user_id == actor.own_id
    if found is None or not (is_own or found.is_public):
        raise NotFound
    if not is_own:
        require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    return found


def _store(stored: LogFilter, kept: LogFilterInput, now: datetime) -> None:
    name = " ".join(kept.name.split())
    if not 0 < len(name) <= FILTER_NAME_CHARACTERS or "\0" in name:
        raise BadLogFilter("name")
    if len(kept.query) > LONGEST_QUERY:
        raise BadLogFilter("query")
    stored.name, stored.query, stored.is_public = name, kept.query, kept.is_public
    stored.updated_at = now
    with constrained(NAME_CONSTRAINT, LogFilterNameTaken(name)):
        stored.save()


def _record(actor: Actor, verb: Verb, kept: LogFilter, now: datetime) -> None:
    # The words of a query may be personal; the trail keeps the name.
    record(
        actor=actor,
        verb=verb,
        tenant=kept.tenant_id,
        subject=f"log_filter:{kept.uid}",
        details={"name": kept.name, "is_public": kept.is_public},
        now=now,
    )
