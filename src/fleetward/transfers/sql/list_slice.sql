-- Purpose: the next rows of a transfer that are still to be done, and the last row that was looked at.
--   A device whose serial was changed since is not what the row names.
-- Params: tenant, transfer, after bigint; holder bigint (the tenant that has the devices); most integer.
-- Reads: transfers_row, devices_device. Writes: none.
-- Index: transfers_row_pkey, devices_device_pkey.
-- Lock order: none. Largest size: 5,000 of 1,000,000 rows.
WITH slice AS MATERIALIZED (
    SELECT r.row_no, r.outcome, r.device_id, r.serial
    FROM transfers_row r
    WHERE r.transfer_id = %(transfer)s::bigint
      AND r.tenant_id = %(tenant)s::bigint
      AND r.row_no > %(after)s::bigint
    ORDER BY r.row_no
    LIMIT %(most)s
)
SELECT
    max(row_no),
    count(*),
    coalesce(array_agg(device_id ORDER BY device_id) FILTER (WHERE outcome = 'FOUND' AND EXISTS (
        SELECT FROM devices_device d
        WHERE d.id = slice.device_id
          AND d.tenant_id = %(holder)s::bigint
          AND left(d.serial, 80) = slice.serial
          AND d.is_active
    )), '{}')
FROM slice
