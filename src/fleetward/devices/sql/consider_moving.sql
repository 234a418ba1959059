-- Purpose: stage those of some devices that a move may take, as far as the actor may move them, for whoever
--   tells what it would do; with what that asks of each, so that none is looked up twice.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; ids bigint[].
-- Reads: devices_device. Writes: devices_considered. Index: none (three statements in one).
-- Lock order: none. Largest size: 50,000 of 1,000,000 devices.
CREATE TEMPORARY TABLE IF NOT EXISTS devices_considered (
    device_id bigint NOT NULL,
    serial text COLLATE "C" NOT NULL,
    manufacturer text COLLATE "C" NOT NULL,
    product_number text COLLATE "C" NOT NULL,
    has_user boolean NOT NULL,
    has_location boolean NOT NULL,
    has_tag boolean NOT NULL
) ON COMMIT DELETE ROWS;
TRUNCATE devices_considered;
INSERT INTO devices_considered
SELECT
    d.id, d.serial, d.manufacturer, d.product_number, d.assigned_user <> '', d.location <> '', d.asset_tag <> ''
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
WHERE d.id = ANY (%(ids)s::bigint[]) AND d.tenant_id + 0 = %(tenant)s::bigint AND d.is_active
