"""Who is told what: the operator's users, or whoever spoke for the tenant that asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fleetward.kernel.actor import Actor
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.support.contracts import NEEDS, Side
from fleetward.support.models import Message, Request
from fleetward.tenancy.contracts import ADMIN_ROLES, CUSTOM_ROLES, Role
from fleetward.tenancy.queries import list_member_ids

# Gives the scope of the other side to somebody who may do nothing there: its trail and its bell.
GUEST = "GUEST"
ASKER_PAGE = "/t/{customer_id}/account/support/{uid}/"
OPERATOR_PAGE = "/t/{customer_id}/operator/support/{uid}/"
# Those of which everybody may ask; a custom role says so itself.
FIXED_ROLES = tuple(role for role in Role if role not in CUSTOM_ROLES)


def in_both(actor: Actor, other: int) -> Actor:
    return replace(actor, roles={other: GUEST, **actor.roles})


def subject_of(request: Request) -> str:
    return f"support:{request.uid}"


def tell_operator(request: Request, kind: Kind, message: Message, now: datetime) -> None:
    """Everybody of the operator."""
    users = list_member_ids(tenant=request.operator_id, roles=Role)
    _post(request, kind, message, now, users=users, is_operator=True)


def tell_asker(request: Request, kind: Kind, message: Message, now: datetime) -> None:
    """Those who spoke and may still ask there; the admins when nobody of them may."""
    spoke = Message.objects.filter(request_id=request.id, side=Side.TENANT, user_id__isnull=False)
    present = set(
        list_member_ids(tenant=request.tenant_id, roles=FIXED_ROLES, right=NEEDS[Side.TENANT])
    )
    users = sorted(present & set(spoke.values_list("user_id", flat=True)))
    admins = [] if users else list_member_ids(tenant=request.tenant_id, roles=ADMIN_ROLES)
    _post(request, kind, message, now, users=users or admins, is_operator=False)


def _post(
    request: Request,
    kind: Kind,
    message: Message,
    now: datetime,
    *,
    users: Sequence[int],
    is_operator: bool,
) -> None:
    place = request.operator if is_operator else request.tenant
    page = OPERATOR_PAGE if is_operator else ASKER_PAGE
    post(
        tenant=place.id,
        users=users,
        kind=kind,
        key=f"{kind}:{message.uid}",
        params={
            "request": str(request.uid),
            "category": request.category,
            "customer_id": request.tenant.customer_id,
            "customer": request.tenant.name,
            "subject": request.subject,
        },
        now=now,
        link=page.format(customer_id=place.customer_id, uid=request.uid),
    )
