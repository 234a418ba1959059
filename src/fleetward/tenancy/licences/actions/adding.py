"""Licence keys of a tenant: added, and taken away again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.licences.actions.watching import settle
from fleetward.tenancy.licences.contracts import (
    Licence,
    LicenceEnded,
    LicenceKnown,
    LicenceOfAnotherCustomer,
    LicenceStays,
    UnknownPlan,
)
from fleetward.tenancy.licences.queries import licence_of, live_keys, public_key
from fleetward.tenancy.licences.rules import read_key
from fleetward.tenancy.models import LicenceKey, Plan, Tenant


@use_case
def add_licence(
    *, actor: Actor, tenant: int, text: str, now: datetime, moves_all: bool = False
) -> Licence:
    """Give a tenant the seats of a licence key; the first one gives its devices their plan.

    `moves_all`: so does this one (L3).

    Raises: NotFound, Forbidden, LicenceDamaged, LicenceOfAnotherSigner, LicenceOfAnotherCustomer,
    LicenceEnded, UnknownPlan, LicenceKnown.
    Audit: licence.added; plan.changed where the devices get another plan
    """
    require(actor, Capability.MANAGE_LICENCES, tenant=tenant)
    place = locked(tenant)
    licence = read_key(text, public_key())
    if licence.customer_id != place.customer_id:
        raise LicenceOfAnotherCustomer
    if licence.ends_on < now.date():
        raise LicenceEnded(licence.ends_on)
    if not Plan.objects.filter(code=licence.plan).exists():
        raise UnknownPlan(licence.plan)
    is_first = place.licensed_until is None
    row = LicenceKey(
        uid=licence.uid,
        tenant=place,
        plan_id=licence.plan,
        seats=licence.seats,
        starts_on=licence.starts_on,
        ends_on=licence.ends_on,
        added_by=actor.name,
        added_at=now,
    )
    with constrained("tenancy_licencekey_once", LicenceKnown()):
        row.save(force_insert=True)
    _tell(actor, Verb.LICENCE_ADDED, licence, tenant, now)
    if is_first or moves_all:
        give_plan(actor=actor, place=place, plan=licence.plan, now=now)
    _follow(place, now)
    return licence


@use_case
def remove_licence(*, actor: Actor, tenant: int, uid: UUID, now: datetime) -> Licence:
    """Take a licence key away; without any left there is no limit. One that has not ended can be
    added again; one that has is what suspends the tenant, and stays while no other is live.

    Raises: NotFound, Forbidden, LicenceStays.   Audit: licence.removed
    """
    require(actor, Capability.MANAGE_LICENCES, tenant=tenant)
    place = locked(tenant)
    row = LicenceKey.objects.filter(tenant_id=tenant, uid=uid).first()
    if row is None:
        raise NotFound
    if row.ends_on < now.date() and not live_keys(tenant, now.date()).exists():
        raise LicenceStays
    row.delete()
    licence = licence_of(row, place.customer_id)
    _tell(actor, Verb.LICENCE_REMOVED, licence, tenant, now)
    _follow(place, now)
    return licence


def locked(tenant: int) -> Tenant:
    """The tenant, whose keys nobody changes until this transaction ends; its devices do not wait.

    Two keys at once follow each other: each counts in the last day of all.
    """
    return Tenant.objects.select_for_update(no_key=True).get(id=tenant)


def give_plan(*, actor: Actor, place: Tenant, plan: str, now: datetime) -> None:
    """The plan of all devices that have none of their own.   Audit: plan.changed"""
    if place.plan == plan:
        return
    before, place.plan = place.plan, plan
    place.save(update_fields=["plan"])
    record(
        actor=actor,
        verb=Verb.PLAN_CHANGED,
        tenant=place.id,
        subject=f"tenant:{place.customer_id}",
        details={"before": before, "after": plan},
        now=now,
    )


def _follow(place: Tenant, now: datetime) -> None:
    """What the tenant keeps of its keys."""
    last = LicenceKey.objects.filter(tenant_id=place.id).aggregate(last=Max("ends_on"))["last"]
    place.licensed_until = last
    place.save(update_fields=["licensed_until"])
    settle(place, now)


def _tell(actor: Actor, verb: Verb, licence: Licence, tenant: int, now: datetime) -> None:
    record(
        actor=actor,
        verb=verb,
        tenant=tenant,
        subject=f"licence:{licence.uid}",
        details={
            "plan": licence.plan,
            "seats": licence.seats,
            "starts_on": str(licence.starts_on),
            "ends_on": str(licence.ends_on),
        },
        now=now,
    )
