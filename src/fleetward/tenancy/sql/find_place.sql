-- Purpose: the role of an active member, with the tenant itself, for what asks with each call.
-- Params: tenant bigint, user bigint.
-- Reads: tenancy_membership, tenancy_tenant, identity_user. Writes: none. Lock order: none.
-- Index: the unique one of tenant and user, tenancy_tenant_pkey. Largest size: one row.
SELECT
    m.role, t.id, t.customer_id, t.name, t.kind, t.region,
    t.time_zone, t.language, t.expiring_days, t.has_scheduled_runs, t.reminder_days, t.archive_days
FROM tenancy_membership m
JOIN tenancy_tenant t ON t.id = m.tenant_id
JOIN identity_user u ON u.id = m.user_id
WHERE m.tenant_id = %(tenant)s AND m.user_id = %(user)s AND m.is_active AND u.is_active
