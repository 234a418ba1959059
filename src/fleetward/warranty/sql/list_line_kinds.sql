-- Purpose: every code and name of the lines of a tenant, with what they are taken for.
-- Params: tenant bigint.
-- Reads: warranty_entitlement. Writes: nothing. Index: none (a full pass, in a job, after an edit).
-- Lock order: none. Largest size: 3,000,000 lines.
SELECT DISTINCT source, code, name, is_cover
FROM warranty_entitlement
WHERE tenant_id = %(tenant)s AND source <> 'manual'
