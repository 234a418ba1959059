"""Telling admins how their tenant stands: on each change of its state, and before a key ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleetward.audit.actions import use_case
from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import Capability, require
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import ADMIN_ROLES, LicenceState
from fleetward.tenancy.licences.contracts import LicenceRow
from fleetward.tenancy.licences.queries import licensing_of
from fleetward.tenancy.licences.rules import warning_of
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import list_member_ids

LICENCES_PAGE = "/t/{customer_id}/settings/licences/"
_NEWS: Mapping[LicenceState, tuple[Kind, Level]] = {
    LicenceState.UNLIMITED: (Kind.LICENCE_IN_ORDER, Level.INFO),
    LicenceState.OK: (Kind.LICENCE_IN_ORDER, Level.INFO),
    LicenceState.OVERENROLLED: (Kind.LICENCE_OVERENROLLED, Level.WARNING),
    LicenceState.SUSPENDED: (Kind.LICENCE_SUSPENDED, Level.ERROR),
}
_QUIET = {LicenceState.UNLIMITED, LicenceState.OK}


@use_case
def watch_licences(*, actor: Actor, tenant: int, now: datetime) -> None:
    """Tell the admins of a tenant of a new state, and of keys that end soon.

    Raises: NotFound, Forbidden.   Repeat: each is told once.
    """
    require(actor, Capability.MANAGE_LICENCES, tenant=tenant)
    place = Tenant.objects.select_for_update(no_key=True).get(id=tenant)
    for key in settle(place, now):
        days = warning_of(key.licence.ends_on, now.date())
        if days is not None:
            params = {"plan": key.licence.plan, "seats": key.licence.seats}
            _post(
                place,
                (Kind.LICENCE_ENDS, Level.WARNING),
                f"licence-ends:{key.licence.uid}:{days}",
                {**params, "ends_on": str(key.licence.ends_on)},
                now,
            )


def follow_plans(*, tenant: int, now: datetime) -> None:
    """Keep the state once devices have got other plans, for whoever gave them, within its scope."""
    settle(Tenant.objects.select_for_update(no_key=True).get(id=tenant), now)


def settle(place: Tenant, now: datetime) -> list[LicenceRow]:
    """Keep the state of a tenant whose row is held, tell a new one, and return its keys."""
    standing = licensing_of(place, now.date())
    before, after = LicenceState(place.licence_state), standing.state
    if before is not after:
        place.licence_state = after
        place.save(update_fields=["licence_state"])
    # That a first key is there, or none any more, whoever did it knows.
    if before is not after and not {before, after} <= _QUIET:
        over = sum(max(0, one.used - one.seats) for one in standing.seats)
        key = f"licence:{after}:{now.isoformat()}"
        _post(place, _NEWS[after], key, {"devices": over}, now)
    return list(standing.keys)


def _post(
    place: Tenant,
    news: tuple[Kind, Level],
    key: str,
    params: Mapping[str, object],
    now: datetime,
) -> None:
    kind, level = news
    post(
        tenant=place.id,
        users=list_member_ids(tenant=place.id, roles=ADMIN_ROLES, right=Capability.MANAGE_LICENCES),
        kind=kind,
        level=level,
        key=key,
        params=params,
        link=LICENCES_PAGE.format(customer_id=place.customer_id),
        now=now,
    )
