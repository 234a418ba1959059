-- Purpose: be the first to answer a request with an idempotency key. Whoever comes second waits here
--   until the first has committed (no row then) or has failed (one row: it is the first now).
-- Params: tenant bigint, holder bigint, key text, digest text, now timestamptz.
-- Reads: infra_idempotency. Writes: infra_idempotency. Lock order: one row, before all others.
-- Index: infra_idempotency_pkey. Largest size: one row.
INSERT INTO infra_idempotency (tenant_id, holder_id, key, digest, created_at)
VALUES (%(tenant)s::bigint, %(holder)s::bigint, %(key)s, %(digest)s, %(now)s)
ON CONFLICT (tenant_id, holder_id, key) DO NOTHING
