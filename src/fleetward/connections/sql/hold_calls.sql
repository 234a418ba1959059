-- Purpose: let no call of a connection leave for a while, and count the failure.
-- Params: connection bigint, seconds double precision.
-- Reads: connections_quota. Writes: connections_quota. Lock order: one row. Largest size: one row.
UPDATE connections_quota
SET next_at = greatest(next_at, clock_timestamp() + make_interval(secs => %(seconds)s)),
    failures = least(failures + 1, 30000)
WHERE connection_id = %(connection)s
RETURNING failures
