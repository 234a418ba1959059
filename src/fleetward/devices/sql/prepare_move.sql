-- Purpose: the temporary tables of a move, empty, in the present transaction. Of devices_merged `listing`
--   is what the target had, as a row; devices_parted is what it had before a move that is taken back, and
--   `kept` what a device is to get back. Tables, and no CTEs, because the planner sees how large they are.
-- Params: none. Reads: nothing. Writes: devices_moved, devices_merged, devices_parted. Index: none (no
--   rows are read).
-- Lock order: none. Largest size: none.
CREATE TEMPORARY TABLE IF NOT EXISTS devices_moved (
    device_id bigint PRIMARY KEY, uid uuid, kept jsonb
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS devices_merged (
    device_id bigint PRIMARY KEY, listing_id bigint NOT NULL UNIQUE, listing jsonb
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS devices_parted (
    device_id bigint PRIMARY KEY, listing_id bigint NOT NULL UNIQUE, listing jsonb
) ON COMMIT DELETE ROWS;
DELETE FROM devices_moved; DELETE FROM devices_merged; DELETE FROM devices_parted;
