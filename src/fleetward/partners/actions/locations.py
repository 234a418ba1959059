"""Locations of a partner, by which resale feeds know it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.texts import N_
from fleetward.partners.actions.reach import reaching
from fleetward.partners.contracts import BadLocation, LocationTaken
from fleetward.partners.models import Location
from fleetward.partners.queries import partner_of
from fleetward.partners.rules import location_code

NAME_CHARACTERS = 120


def add_location(
    *, actor: Actor, vendor: int, customer_id: str, code: str, now: datetime, name: str = ""
) -> UUID:
    """Give a partner a location.

    Raises: NotFound, Forbidden, BadLocation, LocationTaken.
    Audit: location.added, at the operator and the partner
    """
    partner = partner_of(actor, vendor, customer_id).tenant
    kept = location_code(code)
    if kept is None:
        raise BadLocation(code[:40], N_("it has at most 20 letters and digits"))
    row = Location(
        tenant_id=partner.id,
        code=kept,
        name=name.strip()[:NAME_CHARACTERS],
        added_by=actor.name,
        added_at=now,
    )
    _add(actor=reaching(actor, [partner.id]), vendor=vendor, row=row, now=now)
    return row.uid


@use_case
def _add(*, actor: Actor, vendor: int, row: Location, now: datetime) -> None:
    # Unique in the whole installation: whoever has it is not told.
    with constrained("partners_location_code", LocationTaken(row.code)):
        row.save(force_insert=True)
    _record(actor, vendor, row, Verb.LOCATION_ADDED, now)


def remove_location(
    *, actor: Actor, vendor: int, customer_id: str, uid: UUID, now: datetime
) -> None:
    """Take a location from a partner; what came for it stays where it is.

    Raises: NotFound, Forbidden.   Audit: location.removed, at the operator and the partner
    """
    partner = partner_of(actor, vendor, customer_id).tenant
    _remove(
        actor=reaching(actor, [partner.id]), vendor=vendor, partner=partner.id, uid=uid, now=now
    )


@use_case
def _remove(*, actor: Actor, vendor: int, partner: int, uid: UUID, now: datetime) -> None:
    row = Location.objects.select_for_update().filter(tenant_id=partner, uid=uid).first()
    if row is None:
        raise NotFound
    row.delete()
    _record(actor, vendor, row, Verb.LOCATION_REMOVED, now)


def _record(actor: Actor, vendor: int, row: Location, verb: Verb, now: datetime) -> None:
    for tenant in (vendor, row.tenant_id):
        record(
            actor=actor,
            verb=verb,
            tenant=tenant,
            subject=f"location:{row.code}",
            details={"name": row.name},
            now=now,
        )
