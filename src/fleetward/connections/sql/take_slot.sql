-- Purpose: keep the pace of a connection with one more call, and count the call on its UTC day.
-- Params: connection bigint, next_at double precision (seconds of the epoch), bucket bigint,
--   counts integer[], day integer (of the epoch), used bigint.
-- Reads: connections_quota. Writes: connections_quota.
-- Index: connections_quota_pkey. Lock order: one row. Largest size: one row.
UPDATE connections_quota
SET next_at = to_timestamp(%(next_at)s),
    bucket = %(bucket)s,
    counts = %(counts)s::integer[],
    used_on = date '1970-01-01' + %(day)s::integer,
    used = %(used)s
WHERE connection_id = %(connection)s
