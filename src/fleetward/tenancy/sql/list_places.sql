-- Purpose: the tenants within reach of an active user, each with the role that leads there and how it
--   does: that of a membership (OWN), of the partner that a customer has accepted (MANAGED, T3), or of
--   the partner that owns the holding tenant and has a certified user at this moment (HOLDING, T7, T8).
--   The membership is that in the tenant `through`, and so is the role.
--   The word of a custom role is followed by its permissions. `by_provider`: whether who comes by that
--   membership comes by an identity provider only.
-- Params: user bigint; member_of bigint, to see what one membership leads to, or null for all;
--   in_session boolean, whether a membership that was joined by identity counts only where it is that one.
-- Reads: tenancy_membership, tenancy_customrole, tenancy_relation, tenancy_tenant, identity_user. Writes: none.
-- Lock order: none.
-- Index: the unique one of tenant and user, tenancy_relation_partner, tenancy_tenant_owner_id_key.
-- Largest size: 500 customers.
WITH mine AS MATERIALIZED (
    SELECT
        m.tenant_id, m.role || coalesce(' ' || array_to_string(c.permissions, ' '), '') AS role,
        NOT t.allows_passwords AS by_provider
    FROM tenancy_membership m
    JOIN tenancy_tenant t ON t.id = m.tenant_id
    JOIN identity_user u ON u.id = m.user_id
    LEFT JOIN tenancy_customrole c ON c.id = m.custom_id
    WHERE m.user_id = %(user)s AND m.is_active AND m.has_access AND u.is_active
        AND (%(member_of)s::bigint IS NULL OR m.tenant_id = %(member_of)s)
        AND (NOT m.by_identity OR NOT %(in_session)s OR m.tenant_id = %(member_of)s)
)
SELECT tenant_id, role, 'OWN' AS held, tenant_id AS through, by_provider FROM mine
UNION ALL
SELECT r.customer_id, mine.role, 'MANAGED', r.partner_id, mine.by_provider
FROM mine
JOIN tenancy_relation r ON r.partner_id = mine.tenant_id AND r.state = 'ACCEPTED'
UNION ALL
SELECT h.id, mine.role, 'HOLDING', mine.tenant_id, mine.by_provider
FROM mine
-- With a limit it is looked up in the index, and not in all tenants at once.
CROSS JOIN LATERAL (SELECT t.id FROM tenancy_tenant t WHERE t.owner_id = mine.tenant_id LIMIT 1) h
WHERE EXISTS (
    SELECT FROM tenancy_membership c
    JOIN identity_user cu ON cu.id = c.user_id AND cu.is_active
    WHERE c.tenant_id = mine.tenant_id AND c.is_active AND c.has_access AND c.is_certified
)
