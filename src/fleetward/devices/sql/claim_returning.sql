-- Purpose: lock devices that are to go back where they came from, as far as the actor may move them and they
--   are still where they went. The statements after this one see them as they are now, and as they stay.
-- Params: tenants, locations bigint[]; capability text; target bigint (where they are); ids bigint[]; table
--   devices_moved.
-- Reads: devices_device. Writes: devices_moved. Index: devices_device_pkey (`+ 0`: see read_keys).
-- Lock order: devices by id. Largest size: 5,000 of 1,000,000 devices.
WITH wanted AS MATERIALIZED (
    SELECT d.id
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    WHERE d.id = ANY (%(ids)s::bigint[]) AND d.tenant_id + 0 = %(target)s::bigint
), locked AS MATERIALIZED (
    -- Again, because a row that had to be waited for may be another by now.
    SELECT d.id, d.uid
    FROM devices_device d
    WHERE d.id = ANY (ARRAY(SELECT id FROM wanted)::bigint[])
        AND d.tenant_id + 0 = %(target)s::bigint
        AND d.is_active
    ORDER BY d.id
    FOR UPDATE
)
INSERT INTO devices_moved (device_id, uid) SELECT l.id, l.uid FROM locked l
