-- Purpose: read how often devices of a tenant have changed their identity, and let nobody change one
--   until the transaction ends (W17). Workers share the lock.
-- Params: tenant bigint.
-- Reads: warranty_identitymark. Writes: nothing. Index: warranty_identitymark_pkey.
-- Lock order: before batches and coverage. Largest size: one row.
SELECT changes FROM warranty_identitymark WHERE tenant_id = %(tenant)s FOR SHARE
