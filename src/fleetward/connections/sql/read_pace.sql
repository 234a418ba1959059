-- Purpose: lock the pace of a connection. The clock is the database's, which all workers share.
-- Params: connection bigint.
-- Reads: connections_quota. Writes: nothing.
-- Index: connections_quota_pkey. Lock order: one row. Largest size: one row.
SELECT extract(epoch FROM clock_timestamp())::double precision,
    extract(epoch FROM next_at)::double precision, bucket, counts,
    used_on - date '1970-01-01', used
FROM connections_quota WHERE connection_id = %(connection)s
FOR UPDATE
