-- Purpose: lock the devices that the items of a call may mean, as far as the actor may touch them:
--   those of these public ids, and all that have one of these serials.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; uids uuid[]; serials text[].
-- Reads: devices_device. Writes: nothing. Lock order: devices by id.
-- Index: devices_device_uid, devices_device_identity. Largest size: 10,000 items.
SELECT id
FROM devices_device
WHERE id IN (
    SELECT d.id
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    WHERE d.tenant_id = %(tenant)s::bigint AND d.uid = ANY (%(uids)s::uuid[])
    UNION
    SELECT d.id
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    WHERE d.tenant_id = %(tenant)s::bigint AND d.serial = ANY (%(serials)s::text[])
)
    -- Again, because one that had to be waited for may be in another tenant by now.
    AND tenant_id + 0 = %(tenant)s::bigint
ORDER BY id
FOR UPDATE
