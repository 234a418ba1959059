"""Stored rows as others see them, for the questions beside this module."""

from __future__ import annotations

from fleetward.tenancy import models
from fleetward.tenancy.contracts import (
    Company,
    CustomerRow,
    LicenceState,
    MemberRow,
    Region,
    RelationState,
    Role,
    TenantKind,
    TenantRow,
    TenantSettings,
)
from fleetward.tenancy.models import Membership, Relation, Tenant


def company_row(found: models.Company) -> Company:
    """Where an organisation is found."""
    return Company(found.address, found.city, found.postal_code, found.country, found.phone)


def tenant_row(tenant: Tenant) -> TenantRow:
    """A tenant as others see it."""
    return TenantRow(
        id=tenant.id,
        customer_id=tenant.customer_id,
        name=tenant.name,
        kind=TenantKind(tenant.kind),
        region=Region(tenant.region),
        settings=TenantSettings(
            time_zone=tenant.time_zone,
            language=tenant.language,
            expiring_days=tenant.expiring_days,
            has_scheduled_runs=tenant.has_scheduled_runs,
            reminder_days=tuple(tenant.reminder_days),
            archive_days=tenant.archive_days,
        ),
        allows_passwords=tenant.allows_passwords,
        owner=tenant.owner_id,
        plan=tenant.plan,
        licensed_until=tenant.licensed_until,
        licence=LicenceState(tenant.licence_state),
    )


def member_row(row: Membership) -> MemberRow:
    """A user in one tenant as others see it. Of whoever is only listed, and has agreed to nothing,
    it is what the tenant wrote itself; name and sign-ins of the account are the user's (L2).
    """
    user, has_access = row.user, row.has_access
    return MemberRow(
        user_id=row.user_id,
        uid=str(user.uid),
        email=user.email,
        name=user.name if has_access else row.listed_name,
        role=Role(row.role),
        is_active=row.is_active and (user.is_active or not has_access),
        joined_at=row.joined_at,
        signed_in_at=user.last_login if has_access else None,
        custom=row.custom_name,
        has_access=has_access,
    )


def known_name(row: Relation) -> str:
    """What the partner calls the customer: its present name, only while that is accepted (T3)."""
    if row.state == RelationState.ACCEPTED:
        return row.customer.name
    return row.customer_name or row.customer.name


def customer_row(row: Relation) -> CustomerRow:
    """A customer as its partner sees it: which one it is, only while that is accepted (T3)."""
    is_known = row.state == RelationState.ACCEPTED
    return CustomerRow(
        uid=str(row.uid),
        name=known_name(row),
        state=RelationState(row.state),
        admin_email=row.admin_email,
        made_at=row.made_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        tenant=row.customer_id if is_known else None,
        customer_id=row.customer.customer_id if is_known else "",
    )
