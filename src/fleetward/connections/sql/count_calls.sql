-- Purpose: let calls of a connection without a quota leave, unless trouble holds them, and count them.
-- Params: connection bigint, calls integer, most double precision (longest wait that is taken).
-- Reads: connections_quota. Writes: connections_quota.
-- Index: connections_quota_pkey. Lock order: one row. Largest size: one row.
UPDATE connections_quota
SET used = CASE WHEN used_on = (clock_timestamp() AT TIME ZONE 'UTC')::date THEN used ELSE 0 END
        + %(calls)s,
    used_on = (clock_timestamp() AT TIME ZONE 'UTC')::date
WHERE connection_id = %(connection)s
  AND next_at <= clock_timestamp() + make_interval(secs => %(most)s)
RETURNING extract(epoch FROM next_at - clock_timestamp())::double precision
