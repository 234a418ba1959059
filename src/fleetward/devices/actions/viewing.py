"""Saved views of the device list: kept for oneself, shared, or what a role finds first.

A view holds no devices: whoever opens it sees what the query leaves in their own sight.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed, require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.contracts import (
    VIEW_NAME_CHARACTERS,
    BadView,
    TooManyViews,
    ViewInput,
    ViewNameTaken,
    ViewRow,
)
from fleetward.devices.models import View
from fleetward.devices.queries.views import view_row
from fleetward.infra.tx import constrained, wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.tenancy.contracts import Role

LONGEST_QUERY = 6_000
MOST_VIEWS = 200
NAME_CONSTRAINT = "devices_view_name_once"
_COUNT_LOCK = 7_307


@use_case
def save_view(*, actor: Actor, tenant: int, view: ViewInput, now: datetime) -> UUID:
    """Keep a list under a name.

    Raises: NotFound, Forbidden, BadView, ViewNameTaken, TooManyViews.   Audit: view.saved
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    if actor.user_id is None:
        raise Forbidden
    wait_turn(_COUNT_LOCK, actor.user_id)
    if View.objects.filter(tenant_id=tenant, user_id=actor.user_id).count() >= MOST_VIEWS:
        raise TooManyViews(MOST_VIEWS)
    made = View(tenant_id=tenant, user_id=actor.user_id, created_at=now)
    _store(actor, made, view, now)
    _record(actor, Verb.VIEW_SAVED, made, now)
    return made.uid


@use_case
def change_view(
    *,
    actor: Actor,
    tenant: int,
    uid: UUID,
    view: ViewInput,
    now: datetime,
    seen: datetime | None = None,
) -> ViewRow:
    """Change a view of one's own, or a shared one with the right to manage settings.

    One of somebody else that is shared no longer is out of the actor's sight from then on. `seen`:
    when it had changed last as the actor saw it; None overwrites whatever it has.

    Raises: NotFound, Forbidden, BadView, ViewNameTaken, ChangedMeanwhile.   Audit: view.changed
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    found = _changeable(actor, tenant, uid)
    _refuse_changed(found, seen)
    _store(actor, found, view, now)
    _record(actor, Verb.VIEW_CHANGED, found, now)
    return view_row(actor, found)


@use_case
def delete_view(
    *, actor: Actor, tenant: int, uid: UUID, now: datetime, seen: datetime | None = None
) -> str:
    """Forget a view; returns its name. The devices in it stay. `seen` as for a change.

    Raises: NotFound, Forbidden, ChangedMeanwhile.   Audit: view.deleted
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    view = _changeable(actor, tenant, uid)
    _refuse_changed(view, seen)
    _record(actor, Verb.VIEW_DELETED, view, now)
    view.delete()
    return view.name


def _changeable(actor: Actor, tenant: int, uid: UUID) -> View:
    view = View.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    is_own = view is not None and view.user_id == actor.own_id
    if view is None or not (is_own or view.is_shared):
        raise NotFound
    if not is_own and not is_allowed(actor, Capability.MANAGE_SETTINGS, tenant=tenant):
        raise Forbidden
    return view


def _refuse_changed(view: View, seen: datetime | None) -> None:
    if seen not in (None, view.updated_at):
        raise ChangedMeanwhile


def _store(actor: Actor, stored: View, view: ViewInput, now: datetime) -> None:
    name = " ".join(view.name.split())
    if not 0 < len(name) <= VIEW_NAME_CHARACTERS or "\0" in name:
        raise BadView("name")
    if len(view.query) > LONGEST_QUERY or len(view.columns) > LONGEST_QUERY:
        raise BadView("query")
    stored.name, stored.query, stored.columns = name, view.query, view.columns
    stored.updated_at = now
    _share(actor, stored, view)
    with constrained(NAME_CONSTRAINT, ViewNameTaken(name)):
        stored.save()


def _share(actor: Actor, stored: View, view: ViewInput) -> None:
    """What a role finds first is for those who manage settings to say; the latest word holds."""
    if view.default_role not in {"", *Role}:
        raise BadView("default_role")
    if view.default_role != stored.default_role:
        require(actor, Capability.MANAGE_SETTINGS, tenant=stored.tenant_id)
    if view.default_role:
        View.objects.filter(tenant_id=stored.tenant_id, default_role=view.default_role).exclude(
            uid=stored.uid
        ).update(default_role="", updated_at=stored.updated_at)
    stored.is_shared = view.is_shared or bool(view.default_role)
    stored.default_role = view.default_role


def _record(actor: Actor, verb: Verb, view: View, now: datetime) -> None:
    # The words of a query may be personal; the trail keeps the name.
    details = {
        "name": view.name,
        "is_shared": view.is_shared,
        "default_role": view.default_role,
    }
    record(
        actor=actor,
        verb=verb,
        tenant=view.tenant_id,
        subject=f"view:{view.uid}",
        details=details,
        now=now,
    )
