-- Purpose: how many jobs of each queue are due, come later, or are under way, and for how long the
--   one that is due the longest has waited.
-- Params: none.
-- Reads: procrastinate_jobs, procrastinate_events. Writes: nothing.
-- Index: procrastinate_jobs_id_lock_idx_v1, procrastinate_events_job_id_fkey_v1.
-- Lock order: none. Largest size: 500,000 finished jobs, which are not looked at.
SELECT
    job.queue_name,
    count(*) FILTER (WHERE is_due),
    count(*) FILTER (WHERE job.status = 'todo' AND NOT is_due),
    count(*) FILTER (WHERE job.status = 'doing'),
    coalesce(extract(epoch FROM now() - min(since) FILTER (WHERE is_due)), 0)
FROM procrastinate_jobs AS job
CROSS JOIN LATERAL (
    SELECT coalesce(
        job.scheduled_at,
        (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id AND type = 'deferred')
    ) AS since
) AS waiting
CROSS JOIN LATERAL (
    SELECT job.status = 'todo' AND coalesce(job.scheduled_at <= now(), true) AS is_due
) AS due
WHERE job.status IN ('todo', 'doing')
GROUP BY job.queue_name
