"""An operator and a partner, whose users are to be certified."""

from __future__ import annotations

from dataclasses import dataclass

from fleetward.audit.models import Entry
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.notifications.models import Notification
from fleetward.partners.actions import record_courses, withdraw_certification
from fleetward.partners.contracts import CourseLine, CourseOutcome, PartnerDetail, Programme
from fleetward.partners.queries import get_partner_detail
from fleetward.tenancy.contracts import Company, NewPartner, Region, Role, TenantRow
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import find_place, get_tenant_by_id
from tests.cast import NOW, actor_of, make_tenant, make_user, make_vendor

RESELL, FIRST, SECOND = "0001114751", "0001114748", "0001114825"
GIVEN = NewPartner(
    name="Resale Ltd",
    company=Company("1 High Street", "Leeds", "LS1", "GB", ""),
    region=Region.EU,
    admin_first_name="Ann",
    admin_last_name="Lee",
    admin_email="ann@resale.example",
)


@dataclass
class Programmes:
    """An operator and a partner with an admin and a specialist."""

    vendor: TenantRow
    operator: User
    partner: TenantRow
    admin: User
    specialist: User

    def record(self, *lines: tuple[str, str, str], is_by_hand: bool = False) -> list[CourseOutcome]:
        told = [CourseLine(number, *line) for number, line in enumerate(lines, 2)]
        ends = record_courses(
            actor=actor_of(self.operator),
            vendor=self.vendor.id,
            lines=told,
            now=NOW,
            is_by_hand=is_by_hand,
        )
        return [end.outcome for end in ends]

    def certify(self, user: User, day: str = "2026-01-10") -> list[CourseOutcome]:
        return self.record((user.email, RESELL, day))

    def withdraw(self, user: User, programme: Programme = Programme.RESELL) -> None:
        withdraw_certification(
            actor=actor_of(self.operator),
            vendor=self.vendor.id,
            customer_id=self.partner.customer_id,
            user=str(user.uid),
            programme=programme,
            now=NOW,
        )

    @property
    def detail(self) -> PartnerDetail:
        return get_partner_detail(
            actor=actor_of(self.operator),
            vendor=self.vendor.id,
            customer_id=self.partner.customer_id,
        )

    @property
    def holding(self) -> TenantRow | None:
        found = Tenant.objects.filter(owner_id=self.partner.id).first()
        return get_tenant_by_id(found.id) if found else None

    def sees(self, user: User) -> str | None:
        assert self.holding is not None
        found = find_place(user_id=user.id, tenant=self.holding.id)
        word = actor_of(user).roles.get(self.holding.id)
        assert (found[0] if found else None) == word
        return word


def make_programmes() -> Programmes:
    vendor, operator = make_vendor()
    partner = make_tenant("Reseller", kind="PARTNER")
    return Programmes(
        vendor,
        operator,
        partner,
        make_user("pat@reseller.example", {partner.id: Role.PARTNER_ADMIN}),
        make_user("sam@reseller.example", {partner.id: Role.PARTNER_SERVICE}),
    )


def verbs(tenant: TenantRow) -> list[str]:
    with tenant_scope([tenant.id]):
        return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def news(tenant: TenantRow) -> list[str]:
    with tenant_scope([tenant.id]):
        return list(Notification.objects.order_by("id").values_list("kind", flat=True))
