-- Purpose: groups of a tenant, with the filters of the dynamic ones as they are stored and whose day they mean (E13).
-- Params: tenant bigint; groups uuid[] (null: all).
-- Reads: devices_group, tenancy_tenant. Writes: nothing. Lock order: none.
-- Index: devices_group_uid_key. Largest size: 1,000 groups.
SELECT g.uid, g.kind, g.query, t.time_zone
FROM devices_group g
JOIN tenancy_tenant t ON t.id = g.tenant_id
WHERE g.tenant_id = %(tenant)s::bigint
  AND (%(groups)s::uuid[] IS NULL OR g.uid = ANY (%(groups)s::uuid[]))
ORDER BY g.name_key
