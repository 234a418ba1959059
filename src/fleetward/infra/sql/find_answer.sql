-- Purpose: read the answer that was given to an idempotency key.
-- Params: tenant bigint, holder bigint, key text.
-- Reads: infra_idempotency. Writes: none.
-- Index: infra_idempotency_pkey. Lock order: none. Largest size: one row.
SELECT digest, status, location, body
FROM infra_idempotency
WHERE tenant_id = %(tenant)s::bigint AND holder_id = %(holder)s::bigint AND key = %(key)s
