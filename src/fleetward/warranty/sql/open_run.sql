-- Purpose: open a bulk processing unless one is open (W7): the constraint decides, whoever presses.
-- Params: tenant bigint, started_by text, user bigint or null, now timestamptz.
-- Reads: warranty_run. Writes: warranty_run. Index: warranty_run_one_open. Lock order: one row.
-- Largest size: one row.
INSERT INTO warranty_run (
    uid, tenant_id, state, trigger, started_by, user_id, devices, planned_to, created_at
)
VALUES (
    gen_random_uuid(), %(tenant)s, 'PLANNING', 'BULK', %(started_by)s, %(user)s, 0, 0, %(now)s
)
ON CONFLICT (tenant_id) WHERE state IN ('PLANNING', 'RUNNING') AND trigger = 'BULK' DO NOTHING
RETURNING id
