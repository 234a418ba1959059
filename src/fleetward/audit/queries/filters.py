"""Saved filters of the logs as an actor finds them: their own, and those that are public."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from fleetward.audit.contracts import LogFilterInput, LogFilterRow
from fleetward.audit.models import LogFilter
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require


@scoped
def list_filters(*, actor: Actor, tenant: int) -> list[LogFilterRow]:
    """The actor's own filters and the public ones, by name. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_AUDIT, tenant=tenant)
    found = _visible(actor, tenant).order_by(Lower("name"), "id")
    return [filter_row(actor, one) for one in found]


@scoped
def get_filter(*, actor: Actor, tenant: int, uid: UUID) -> LogFilterRow:
    """One of them. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_AUDIT, tenant=tenant)
    found = _visible(actor, tenant).filter(uid=uid).first()
    if found is None:
        raise NotFound
    return filter_row(actor, found)


def _visible(actor: Actor, tenant: int) -> QuerySet[LogFilter]:
    mine_or_public = Q(user_id=actor.own_id) | Q(is_public=True)
    return LogFilter.objects.filter(mine_or_public, tenant_id=tenant)


def filter_row(actor: Actor, found: LogFilter) -> LogFilterRow:
    kept = LogFilterInput(found.name, found.query, is_public=found.is_public)
    is_own = found.user_id == actor.own_id
    return LogFilterRow(str(found.uid), kept, is_own=is_own, updated_at=found.updated_at)
