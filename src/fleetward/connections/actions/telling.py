"""Telling the IT Admins of a tenant that a connection needs them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleetward.kernel.rights import Capability
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import ADMIN_ROLES, Role
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids

SERVICES_PAGE = "/t/{customer_id}/settings/external-services/"


def tell_admins(
    *,
    tenant: int,
    kind: Kind,
    key: str,
    params: Mapping[str, object],
    level: Level,
    now: datetime,
) -> None:
    """Post what leads them to the external services; of one `key` they are told once."""
    customer_id = get_tenant_by_id(tenant).customer_id
    post(
        tenant=tenant,
        users=list_member_ids(
            tenant=tenant,
            roles=[*ADMIN_ROLES, Role.CONNECTOR_ADMIN],
            right=Capability.MANAGE_CONNECTIONS,
        ),
        kind=kind,
        key=key,
        params=params,
        now=now,
        level=level,
        link=SERVICES_PAGE.format(customer_id=customer_id),
    )
