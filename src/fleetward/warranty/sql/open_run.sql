-- Purpose: open a bulk processing unless one is open, and a scheduled one unless there has been one
--   that night (W7): the constraints decide, whoever presses and however many clocks strike.
-- Params: tenant bigint, started_by text, user bigint or null, now timestamptz;
--   scheduled_on date or null.
-- Reads: warranty_run. Writes: warranty_run. Index: none (constraints decide). Lock order: one row.
-- Largest size: one row.
INSERT INTO warranty_run (
    uid, tenant_id, state, trigger, started_by, user_id, devices, planned_to, created_at,
    scheduled_on
)
VALUES (
    gen_random_uuid(), %(tenant)s, 'PLANNING', 'BULK', %(started_by)s, %(user)s, 0, 0, %(now)s,
    %(scheduled_on)s
)
ON CONFLICT DO NOTHING
RETURNING id
