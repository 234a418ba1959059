"""What `tenancy` does when lower contexts need a person. The app's configuration imports it."""

from __future__ import annotations

from datetime import datetime

from fleetward.kernel.rights import Capability
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Level
from fleetward.notifications.webhooks.actions import register
from fleetward.notifications.webhooks.contracts import Trouble
from fleetward.tenancy.contracts import ADMIN_ROLES
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids

WEBHOOK_PAGE = "/t/{customer_id}/settings/webhooks/{webhook}/"


class AdminsAreTold:
    """A `TroubleEffect`."""

    def webhook_in_trouble(self, *, trouble: Trouble, now: datetime) -> None:
        customer_id = get_tenant_by_id(trouble.tenant).customer_id
        post(
            tenant=trouble.tenant,
            users=list_member_ids(
                tenant=trouble.tenant, roles=ADMIN_ROLES, right=Capability.MANAGE_SETTINGS
            ),
            kind=trouble.kind,
            key=trouble.key,
            params={"name": trouble.name, "webhook": str(trouble.webhook)},
            now=now,
            level=Level.ERROR,
            link=WEBHOOK_PAGE.format(customer_id=customer_id, webhook=trouble.webhook),
        )


register(AdminsAreTold())
