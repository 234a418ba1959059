-- Purpose: keep the answer to a request that was claimed, in the transaction of its effect.
-- Params: tenant bigint, holder bigint, key text, status integer, location text, body bytea.
-- Reads: infra_idempotency. Writes: infra_idempotency.
-- Index: infra_idempotency_pkey. Lock order: one row. Largest size: one row.
UPDATE infra_idempotency
SET status = %(status)s, location = %(location)s, body = %(body)s
WHERE tenant_id = %(tenant)s::bigint AND holder_id = %(holder)s::bigint AND key = %(key)s
