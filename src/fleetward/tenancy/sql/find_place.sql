-- Purpose: the role of an active user in a tenant, with the tenant itself, for what asks with each call:
--   that of the membership there (OWN), or else the one at the partner that the customer has accepted
--   (MANAGED, T3) or that owns the holding tenant and has a certified user at this moment (HOLDING, T8).
--   The word of a custom role is followed by its permissions.
-- Params: tenant bigint, user bigint.
-- Reads: tenancy_membership, tenancy_customrole, tenancy_relation, tenancy_tenant, identity_user. Writes: none.
-- Lock order: none. Index: the unique one of tenant and user, tenancy_relation_open, tenancy_tenant_pkey.
-- Largest size: one row.
SELECT
    m.role || coalesce(' ' || array_to_string(c.permissions, ' '), '') AS role,
    p.held, t.id, t.customer_id, t.name, t.kind, t.region,
    t.time_zone, t.language, t.expiring_days, t.has_scheduled_runs, t.reminder_days, t.archive_days
FROM tenancy_tenant t
JOIN LATERAL (
    SELECT t.id AS held_in, 'OWN' AS held, 1 AS rank
    UNION ALL
    SELECT r.partner_id, 'MANAGED', 2
    FROM tenancy_relation r
    WHERE r.customer_id = t.id AND r.state = 'ACCEPTED'
    UNION ALL
    SELECT t.owner_id, 'HOLDING', 3
    WHERE t.owner_id IS NOT NULL AND EXISTS (
        SELECT FROM tenancy_membership c
        JOIN identity_user cu ON cu.id = c.user_id AND cu.is_active
        WHERE c.tenant_id = t.owner_id AND c.is_active AND c.has_access AND c.is_certified
    )
) p ON true
JOIN tenancy_membership m ON m.tenant_id = p.held_in AND m.user_id = %(user)s AND m.is_active AND m.has_access
JOIN identity_user u ON u.id = m.user_id AND u.is_active
LEFT JOIN tenancy_customrole c ON c.id = m.custom_id
WHERE t.id = %(tenant)s
ORDER BY p.rank
LIMIT 1
