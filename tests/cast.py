"""The cast: two tenants (one is always the outsider) with users of each role, and their devices."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from django.contrib.auth.hashers import make_password

from fleetward.devices.models import Device
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.contracts import Role, TenantRow
from fleetward.tenancy.models import Membership, Tenant
from fleetward.tenancy.queries import actor_for_user, get_tenant_by_id

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PASSWORD = "correct horse battery"
_number = itertools.count(1)


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def make_tenant(name: str = "Acme", **settings: object) -> TenantRow:
    """A customer tenant."""
    made = Tenant.objects.create(name=name, created_at=NOW, **settings)
    return get_tenant_by_id(made.id)


def make_user(email: str = "", roles: dict[int, Role] | None = None, language: str = "") -> User:
    """A user with a role in each of the tenants given (internal id -> role). Password: PASSWORD."""
    user = User(email=email or f"user{next(_number)}@example.org", created_at=NOW)
    user.language = language
    user.password = _hashed()
    user.save()
    for tenant, role in (roles or {}).items():
        Membership.objects.create(tenant_id=tenant, user=user, role=role, joined_at=NOW)
    return user


def actor_of(user: User) -> Actor:
    """The actor of a user, as the door makes it."""
    return actor_for_user(user_id=user.id, name=user.email, request_id="test-request")


def add_devices(tenant: int, count: int, manufacturer: str = "Dell", **fields: object) -> list[int]:
    """`count` devices with serials of their own, and coverage rows not checked yet; their ids."""
    from fleetward.devices.actions import effects
    from fleetward.infra import sql

    with tenant_scope([tenant]):
        devices = Device.objects.bulk_create(
            Device(
                tenant_id=tenant,
                manufacturer=manufacturer,
                serial=f"T{next(_number):06d}",
                origin="CSV",
                name=f"PC-{next(_number):05d}",
                created_at=NOW,
                updated_at=NOW,
                **fields,
            )
            for _ in range(count)
        )
        ids = [device.id for device in devices]
        effects.prepare()
        sql.fetch_text(
            "INSERT INTO devices_written SELECT unnest(%s::bigint[]), 'NEW' RETURNING 1", [ids]
        )
        effects.apply_effects(tenant=tenant)
    return ids


@dataclass(frozen=True)
class Cast:
    """`acme` is the tenant at hand; `other` has an IT Admin who is the outsider."""

    acme: TenantRow
    other: TenantRow
    admin: User
    device_admin: User
    reader: User
    outsider: User


def make_partners() -> Cast:
    """The same of two partners; who reads and who works on devices is the specialist."""
    acme, other = make_tenant("Acme", kind="PARTNER"), make_tenant("Globex", kind="PARTNER")
    specialist = make_user("service@acme.example", {acme.id: Role.PARTNER_SERVICE})
    return Cast(
        acme=acme,
        other=other,
        admin=make_user("admin@acme.example", {acme.id: Role.PARTNER_ADMIN}),
        device_admin=specialist,
        reader=specialist,
        outsider=make_user("admin@globex.example", {other.id: Role.PARTNER_ADMIN}),
    )


def make_vendors() -> Cast:
    """The same of two operators, of whom an installation has one."""
    acme, other = make_tenant("Acme", kind="VENDOR"), make_tenant("Globex", kind="VENDOR")
    admin = make_user("admin@acme.example", {acme.id: Role.OPERATOR})
    outsider = make_user("admin@globex.example", {other.id: Role.OPERATOR})
    return Cast(acme, other, admin, device_admin=admin, reader=admin, outsider=outsider)


def make_vendor() -> tuple[TenantRow, User]:
    """The operator's tenant with an operator."""
    vendor = make_tenant("Operator", kind="VENDOR")
    return vendor, make_user("operator@vendor.example", {vendor.id: Role.OPERATOR})


def make_cast() -> Cast:
    """Everybody whom a test needs, in the database."""
    acme, other = make_tenant("Acme"), make_tenant("Globex")
    return Cast(
        acme=acme,
        other=other,
        admin=make_user("admin@acme.example", {acme.id: Role.IT_ADMIN}),
        device_admin=make_user("devices@acme.example", {acme.id: Role.DEVICE_ADMIN}),
        reader=make_user("reader@acme.example", {acme.id: Role.REPORT_ADMIN}),
        outsider=make_user("admin@globex.example", {other.id: Role.IT_ADMIN}),
    )
