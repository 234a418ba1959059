-- Purpose: reserve the next moment at which a call of a connection may leave (GCRA without burst).
--   Without burst because vendors count in any 60 seconds: a burst would be on top of the rate.
--   The clock is the database's: it is the one that all workers share.
-- Params: connection bigint, calls integer, seconds double precision (for these calls), most double precision
--   (longest wait that is still taken; longer ones reserve nothing and return no row).
-- Reads: connections_quota. Writes: connections_quota. Lock order: one row. Largest size: one row.
UPDATE connections_quota
SET next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => %(seconds)s),
    used = CASE WHEN used_on = (clock_timestamp() AT TIME ZONE 'UTC')::date THEN used ELSE 0 END + %(calls)s,
    used_on = (clock_timestamp() AT TIME ZONE 'UTC')::date
WHERE connection_id = %(connection)s
  AND next_at <= clock_timestamp() + make_interval(secs => %(most)s)
RETURNING extract(
    epoch FROM next_at - make_interval(secs => %(seconds)s) - clock_timestamp()
)::double precision
