-- Purpose: workers that are alive, seconds since the latest sign of life, and devices. These are an
--   estimate that PostgreSQL keeps anyway: counting a million under row-level security takes a second.
-- Params: alive numeric (seconds).
-- Reads: procrastinate_workers, catalogue. Writes: nothing.
-- Index: idx_procrastinate_workers_last_heartbeat. Lock order: none. Largest size: 1,000,000 devices.
SELECT
    (
        SELECT count(*) FROM procrastinate_workers
        WHERE last_heartbeat > now() - make_interval(secs => %(alive)s)
    ),
    (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers),
    (SELECT greatest(0, reltuples) FROM pg_class WHERE oid = 'devices_device'::regclass)
