-- Purpose: take the reminders of a day, once (S9); tells the first end of coverage that nobody has looked
--   at yet: that day itself at the very first time, later the day after the one that was done last.
-- Params: tenant bigint, today date.
-- Reads: warranty_reminding. Writes: warranty_reminding. Index: none (a key decides). Lock order: one row.
-- Largest size: one row.
INSERT INTO warranty_reminding AS known (tenant_id, seen_from, done_to)
VALUES (%(tenant)s, %(today)s, %(today)s)
ON CONFLICT (tenant_id) DO UPDATE SET seen_from = known.done_to + 1, done_to = excluded.done_to
WHERE known.done_to < excluded.done_to
RETURNING seen_from
