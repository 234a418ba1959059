"""News for the admins of a partner, and for the operator who has sent a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.partners.models import CourseFile
from fleetward.tenancy.contracts import ADMIN_ROLES
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids

UNASSIGNED_PAGE = "/t/{customer_id}/unassigned/"
FILE_PAGE = "/t/{customer_id}/operator/certification/{uid}/"


def tell_partner(
    partner: int, kind: Kind, params: Mapping[str, object], *, key: str, now: datetime
) -> None:
    """Within the use case that it tells of."""
    post(
        tenant=partner,
        users=list_member_ids(tenant=partner, roles=ADMIN_ROLES),
        kind=kind,
        key=key,
        params=params,
        now=now,
        link=UNASSIGNED_PAGE.format(customer_id=get_tenant_by_id(partner).customer_id),
    )


def tell_sender(
    held: CourseFile, kind: Kind, params: Mapping[str, object], level: Level, now: datetime
) -> None:
    """How the file ended."""
    customer_id = get_tenant_by_id(held.tenant_id).customer_id
    post(
        tenant=held.tenant_id,
        users=[held.user_id],
        kind=kind,
        level=level,
        key=f"courses:{held.uid}",
        params={"file": held.file_name, **params},
        link=FILE_PAGE.format(customer_id=customer_id, uid=held.uid),
        now=now,
    )
