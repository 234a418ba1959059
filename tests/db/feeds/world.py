"""An operator with two partners that have a holding tenant, one that has none, and feeds."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable

from fleetward.devices.feeds.actions import run_feed, upload_feed
from fleetward.devices.feeds.contracts import FeedDetail, FeedLine, FeedOutcome, FeedUpload
from fleetward.devices.feeds.queries import get_feed, list_feed_rows
from fleetward.devices.models import Device, Feed, Ordered
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.partners.actions import add_location
from fleetward.tenancy.actions import lock_partner, mark_certified
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import list_tenant_ids
from tests.cast import NOW, actor_of, make_tenant, make_user, make_vendor

HEADER = "Partner Location ID;Serial Number;Manufacturer;Product Number;Order Number;Order Date\n"


class Feeds:
    """Locations: LEEDS and YORK of the first partner, KYIV of the second, OSLO of the third."""

    def __init__(self) -> None:
        self.vendor, self.operator = make_vendor()
        self.first, self.second, self.third = (
            make_tenant(name, kind="PARTNER") for name in ("First", "Second", "Third")
        )
        self.admin = make_user("pat@first.example", {self.first.id: Role.PARTNER_ADMIN})
        self.seller = make_user("sam@first.example", {self.first.id: Role.PARTNER_SERVICE})
        self.rival = make_user("kim@second.example", {self.second.id: Role.PARTNER_ADMIN})
        self.holding = self._certified(self.first, self.seller.id)
        self.other = self._certified(self.second, self.rival.id)
        places = {"LEEDS": self.first, "YORK": self.first, "KYIV": self.second, "OSLO": self.third}
        for code, partner in places.items():
            add_location(
                actor=self.actor,
                vendor=self.vendor.id,
                customer_id=partner.customer_id,
                code=code,
                now=NOW,
            )

    def _certified(self, partner: TenantRow, user: int) -> int:
        actor = system_actor("Test", self.vendor.id, partner.id)
        with tenant_scope(actor.tenants):
            lock_partner(partner.id)
            mark_certified(actor=actor, partner=partner.id, users=[user], now=NOW)
        return Tenant.objects.get(owner_id=partner.id).id

    @property
    def actor(self) -> Actor:
        return actor_of(self.operator)

    def upload(self, content: str | bytes, key: str | None = None) -> uuid.UUID:
        return upload_feed(
            actor=self.actor,
            vendor=self.vendor.id,
            upload=FeedUpload("feed.csv", key),
            chunks=[content.encode() if isinstance(content, str) else content],
            now=NOW,
        ).uid

    def number(self, uid: uuid.UUID) -> int:
        with tenant_scope([self.vendor.id]):
            return Feed.objects.get(uid=uid).id

    def run(self, uid: uuid.UUID) -> FeedDetail:
        run_feed(vendor=self.vendor.id, feed=self.number(uid), clock=utc_now)
        return get_feed(actor=self.actor, vendor=self.vendor.id, uid=uid)

    def feed(self, *rows: str) -> list[FeedOutcome]:
        """How each row ends, in the order of the file."""
        return [line.outcome for line in self.lines(*rows)]

    def lines(self, *rows: str) -> list[FeedLine]:
        detail = self.run(self.upload(HEADER + "\n".join(rows) + "\n"))
        assert detail.problem is None, detail.problem
        lines = list_feed_rows(actor=self.actor, vendor=self.vendor.id, uid=detail.uid).rows
        told = Counter(line.outcome for line in lines)
        assert +Counter(detail.counts) == told
        assert detail.rows == len(lines) == detail.done_rows
        return list(lines)

    def devices(self, tenant: int | None = None) -> list[tuple[object, ...]]:
        wanted = "id", "tenant_id", "serial", "manufacturer", "product_number", "has_custody"
        with tenant_scope(list_tenant_ids() if tenant is None else [tenant]):
            return list(Device.objects.order_by("id").values_list(*wanted, "updated_at"))

    def ordered(self, partner: TenantRow) -> list[Ordered]:
        with tenant_scope([partner.id]):
            return list(Ordered.objects.order_by("serial"))

    def device(self, serial: str, tenants: Iterable[int] = ()) -> Device:
        with tenant_scope(tenants or list_tenant_ids()):
            return Device.objects.get(serial=serial)
