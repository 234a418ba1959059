"""What the clock does with webhooks: deliveries and secrets whose time is over go."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleetward.infra.tx import tenant_scope
from fleetward.notifications.contracts import DeliveryState
from fleetward.notifications.models import Delivery, Webhook

KEPT_FOR = timedelta(days=30)


def forget(*, tenant: int, now: datetime) -> int:
    """Forget deliveries that are over and were not tried for thirty days; returns how many.

    One that still waits for its next try stays. A secret that signs no more is not kept either.
    For the job alone, and no use case: nothing of the tenant's own changes.
    """
    with tenant_scope([tenant]):
        over = Webhook.objects.filter(tenant_id=tenant, earlier_until__lte=now)
        over.update(sealed_earlier="", earlier_until=None)
        hooks = Webhook.objects.filter(tenant_id=tenant).values_list("id", flat=True)
        old = Delivery.objects.filter(webhook_id__in=list(hooks), created_at__lt=now - KEPT_FOR)
        ended = old.exclude(state=DeliveryState.PENDING)
        return ended.exclude(attempted_at__gte=now - KEPT_FOR).delete()[0]
