-- Purpose: take the right to sign in at the vendor, for a time that outlasts any sign-in. A lease
--   and no lock of the database: no transaction may be open while a vendor is called.
-- Params: connection bigint, revision integer, seconds double precision, stale text (the sealed
--   token that must still be the stored one).
-- Reads: connections_connection. Writes: connections_connection.
-- Index: connections_connection_pkey. Lock order: one row. Largest size: one row.
UPDATE connections_connection
SET token_locked_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(connection)s
  AND revision = %(revision)s
  AND sealed_token = %(stale)s
  AND (token_locked_until IS NULL OR token_locked_until < clock_timestamp())
RETURNING id
