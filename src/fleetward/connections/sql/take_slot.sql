-- Purpose: keep the pace of a connection with one more call, and count the call.
-- Params: connection bigint, next_at double precision (seconds of the epoch), bucket bigint,
--   counts integer[].
-- Reads: connections_quota. Writes: connections_quota. Lock order: one row. Largest size: one row.
UPDATE connections_quota
SET next_at = to_timestamp(%(next_at)s),
    bucket = %(bucket)s,
    counts = %(counts)s::integer[],
    used = CASE WHEN used_on = (clock_timestamp() AT TIME ZONE 'UTC')::date THEN used ELSE 0 END + 1,
    used_on = (clock_timestamp() AT TIME ZONE 'UTC')::date
WHERE connection_id = %(connection)s
