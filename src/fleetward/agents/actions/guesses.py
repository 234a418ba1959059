"""How often enrolments may be refused before all are (hardening, PINs).

Counted by source, by tenant and over all, in the database, whichever process was asked. What is
refused at the same moment may pass the limit by as many as are under way, which guesses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from fleetward.agents.models import Refusals
from fleetward.agents.rules import of_all, of_source, of_tenant, window_of
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.infra import sql
from fleetward.kernel.actor import Actor, system_actor
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import ADMIN_ROLES
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids

KEPT_FOR = timedelta(days=1)
PAGE = "/t/{customer_id}/settings/preferences/"


def words_of(address: str, tenant: int | None = None) -> dict[str, int]:
    """Under which words a refusal is counted, and how many are too many of each."""
    limits = env().agents
    words = {of_source(address): limits.refusals_per_source, of_all(): limits.refusals_in_all}
    if tenant is not None:
        words[of_tenant(tenant)] = limits.refusals_per_tenant
    return words


def are_spent(words: Mapping[str, int], now: datetime) -> bool:
    """Whether so many were refused that none is looked at any more until the window ends."""
    found = Refusals.objects.filter(word__in=list(words), since=window_of(now))
    return any(row.refused >= words[row.word] for row in found)


def count(words: Mapping[str, int], now: datetime, tenant: int | None = None) -> None:
    """Count one more refusal; the admins of a tenant whose limit that reaches are told."""
    params = {"words": list(words), "since": window_of(now)}
    counted = dict(_counted(sql.fetch("agents", "count_refusals", params)))
    if tenant is not None and counted.get(of_tenant(tenant)) == words[of_tenant(tenant)]:
        _tell_limited(actor=system_actor("Enrolment", tenant), tenant=tenant, now=now)


def _counted(rows: Iterable[tuple[object, ...]]) -> Iterable[tuple[str, int]]:
    return ((str(word), int(str(refused))) for word, refused in rows)


@use_case
def _tell_limited(*, actor: Actor, tenant: int, now: datetime) -> None:
    """Audit: enrolment.limited"""
    record(actor=actor, verb=Verb.ENROLMENT_LIMITED, tenant=tenant, now=now)
    post(
        tenant=tenant,
        users=list_member_ids(tenant=tenant, roles=ADMIN_ROLES),
        kind=Kind.ENROLMENT_LIMITED,
        key=f"enrolment-limited:{window_of(now).isoformat()}",
        params={},
        now=now,
        level=Level.WARNING,
        link=PAGE.format(customer_id=get_tenant_by_id(tenant).customer_id),
    )


def forget_refusals(*, now: datetime) -> None:
    """Drop counts of windows that are long over."""
    Refusals.objects.filter(since__lt=now - KEPT_FOR).delete()
