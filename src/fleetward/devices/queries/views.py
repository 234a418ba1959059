"""Saved views of the device list as an actor finds them: their own, and those that are shared."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.contracts import ViewInput, ViewRow
from fleetward.devices.models import View
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import LARGEST_ID, BadCursor, Page, decode_cursor, placed_page


@scoped
def list_views(*, actor: Actor, tenant: int) -> list[ViewRow]:
    """The actor's own views and the shared ones, by name. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    return [view_row(actor, view) for view in _visible(actor, tenant).order_by(Lower("name"), "id")]


@scoped
def page_views(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[ViewRow]:
    """A page of the same list. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    views = _visible(actor, tenant).annotate(key=Lower("name")).order_by("key", "id")
    if cursor:
        name, number = _place_in(cursor)
        views = views.filter(Q(key__gt=name) | Q(key=name, id__gt=number))
    found = views[: limit + 1]
    return placed_page([((view.key, view.id), view_row(actor, view)) for view in found], limit)


def _place_in(cursor: str) -> tuple[str, int]:
    name, number = decode_cursor(cursor, 2)
    if not isinstance(name, str) or not isinstance(number, int) or abs(number) > LARGEST_ID:
        raise BadCursor
    return name, number


@scoped
def get_view(*, actor: Actor, tenant: int, uid: UUID) -> ViewRow:
    """One of them. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    view = _visible(actor, tenant).filter(uid=uid).first()
    if view is None:
        raise NotFound
    return view_row(actor, view)


@scoped
def find_default_view(*, actor: Actor, tenant: int) -> ViewRow | None:
    """What the actor's role finds first. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    role = actor.roles[tenant]
    view = View.objects.filter(tenant_id=tenant, default_role=role).first() if role else None
    return view_row(actor, view) if view else None


def _visible(actor: Actor, tenant: int) -> QuerySet[View]:
    mine_or_shared = Q(user_id=actor.own_id) | Q(is_shared=True)
    return View.objects.filter(mine_or_shared, tenant_id=tenant)


def view_row(actor: Actor, view: View) -> ViewRow:
    known = ViewInput(view.name, view.query, view.columns, view.is_shared, view.default_role)
    is_own = view.user_id == actor.own_id
    return ViewRow(str(view.uid), known, is_own=is_own, updated_at=view.updated_at)
