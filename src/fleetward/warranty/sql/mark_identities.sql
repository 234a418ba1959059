-- Purpose: say that devices of a tenant are other machines from here on, or gone (W17), or asked about with
--   another country. Until the transaction ends nobody stores answers for the tenant: see lock_mark.
-- Params: tenant bigint.
-- Reads: nothing. Writes: warranty_identitymark. Index: warranty_identitymark_pkey.
-- Lock order: after the devices, before their coverage. Largest size: one row.
INSERT INTO warranty_identitymark AS m (tenant_id, changes)
VALUES (%(tenant)s, 1)
ON CONFLICT (tenant_id) DO UPDATE SET changes = m.changes + 1
