-- Purpose: forget a tenant's answers that are older than their time. Rows that somebody else is
--   about to forget are left to them, so that requests never wait for each other here.
-- Params: tenant bigint, before timestamptz.
-- Reads: infra_idempotency. Writes: infra_idempotency.
-- Index: infra_idempotency_age, infra_idempotency_pkey. Lock order: locked rows are skipped.
-- Largest size: 200 rows.
DELETE FROM infra_idempotency
WHERE (tenant_id, holder_id, key) IN (
    SELECT tenant_id, holder_id, key
    FROM infra_idempotency
    WHERE tenant_id = %(tenant)s::bigint AND created_at < %(before)s
    LIMIT 200
    FOR UPDATE SKIP LOCKED
)
