-- Purpose: the devices that an import made or changed and that no earlier undo of it has dealt with, as
--   selections are made: id and time of the latest change, which does not matter here.
-- Params: tenant, import bigint; earlier bigint[] (undos of the import that were cancelled or failed).
-- Reads: devices_importrow, devices_bulkitem. Writes: nothing. Lock order: none.
-- Index: devices_importrow_pkey. Largest size: 1,000,000 rows.
SELECT DISTINCT r.device_id, NULL::timestamptz
FROM devices_importrow r
WHERE r.run_id = %(import)s::bigint
  AND r.tenant_id = %(tenant)s::bigint
  AND r.outcome IN ('NEW', 'CHANGED')
  AND r.device_id IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM devices_bulkitem i
      WHERE i.run_id = ANY (%(earlier)s::bigint[])
        AND i.device_id = r.device_id
        AND i.outcome IN ('DONE', 'REMOVED', 'UNCHANGED')
  )
