-- Purpose: the PIN of a digest, and whose it is, before there is a tenant in scope.
-- Params: digest text.
-- Reads: agents_enrolmentpin. Writes: nothing. Lock order: none.
-- Index: none (the function has its own plan, by the unique one of the digest). Largest size: one row.
SELECT id, tenant_id FROM agents_find_pin(%(digest)s::text)
