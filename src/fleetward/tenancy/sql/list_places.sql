-- Purpose: the tenants within reach of an active user, each with the role there: those of its
--   memberships, and those of customers that have accepted its partner (T3), whose role is the
--   one in the partner's own tenant, `through`.
--   The word of a custom role is followed by its permissions.
-- Params: user bigint.
-- Reads: tenancy_membership, tenancy_customrole, tenancy_relation, identity_user. Writes: none. Lock order: none.
-- Index: the unique one of tenant and user, tenancy_relation_partner. Largest size: 500 customers.
WITH mine AS MATERIALIZED (
    SELECT m.tenant_id, m.role || coalesce(' ' || array_to_string(c.permissions, ' '), '') AS role
    FROM tenancy_membership m
    JOIN identity_user u ON u.id = m.user_id
    LEFT JOIN tenancy_customrole c ON c.id = m.custom_id
    WHERE m.user_id = %(user)s AND m.is_active AND m.has_access AND u.is_active
)
SELECT tenant_id, role, NULL AS through FROM mine
UNION ALL
SELECT r.customer_id, mine.role, r.partner_id
FROM mine
JOIN tenancy_relation r ON r.partner_id = mine.tenant_id AND r.state = 'ACCEPTED'
