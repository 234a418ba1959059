"""A tenant whose webhooks are at issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fleetward.audit.models import Entry
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.models import Delivery
from fleetward.notifications.webhooks.actions import (
    add_webhook,
    change_webhook,
    deliver,
    replay,
)
from fleetward.notifications.webhooks.contracts import (
    DeliveryRow,
    MadeSecret,
    WebhookInput,
)
from fleetward.notifications.webhooks.queries import (
    list_deliveries,
)
from tests.cast import Cast, actor_of

URL = "https://hooks.example.org/secret-path"


class Office:
    """What its administrator does, what happens in it, and what is sent."""

    def __init__(self, cast: Cast, tenant: int = 0, user: User | None = None) -> None:
        self.cast, self.tenant = cast, tenant or cast.acme.id
        self.user = user or cast.admin

    @property
    def actor(self) -> Actor:
        return actor_of(self.user)

    def add(self, url: str = URL, **fields: Any) -> MadeSecret:
        webhook = WebhookInput(**{"name": "Tickets", "url": url} | fields)
        return add_webhook(actor=self.actor, tenant=self.tenant, webhook=webhook, now=utc_now())

    def change(self, uid: UUID, seen: datetime | None = None, **changes: object) -> bool:
        return change_webhook(
            actor=self.actor,
            tenant=self.tenant,
            uid=uid,
            changes=changes,
            now=utc_now(),
            seen=seen,
        )

    def happens(self, kind: Kind = Kind.COVERAGE_ENDS, key: str = "one", link: str = "") -> None:
        with tenant_scope([self.tenant]):
            post(
                tenant=self.tenant,
                users=[self.cast.admin.id, self.cast.device_admin.id],
                kind=kind,
                key=key,
                params={"devices": 3},
                link=link,
                now=utc_now(),
            )

    def deliveries(self, uid: UUID, state: DeliveryState | None = None) -> list[DeliveryRow]:
        page = list_deliveries(actor=self.actor, tenant=self.tenant, webhook=uid, state=state)
        return list(page.rows)

    def replay(self, webhook: UUID, uid: UUID) -> None:
        replay(actor=self.actor, tenant=self.tenant, webhook=webhook, uid=uid, now=utc_now())

    def work(self, clock: Callable[[], datetime] = utc_now) -> None:
        """Make every try that is planned, as its job does."""
        for turn in self.planned():
            deliver(**turn, clock=clock)

    def planned(self) -> list[dict[str, int]]:
        with tenant_scope([self.tenant]):
            waiting = Delivery.objects.filter(state=DeliveryState.PENDING).order_by("id")
            return [{"tenant": self.tenant, "delivery": d.id, "turn": d.turn} for d in waiting]

    def trail(self) -> list[tuple[str, dict[str, Any]]]:
        with tenant_scope([self.tenant]):
            entries = Entry.objects.filter(verb__startswith="webhook.").order_by("id")
            return [(entry.verb, entry.details) for entry in entries]
