-- Purpose: the next rows of a transfer that are still to be done, from its beginning or from its end: the
--   first and the last of them, and their devices. One whose serial was changed since is not what the row
--   names.
-- Params: tenant, transfer, after, before bigint (the rows between are to be done); is_backward boolean;
--   holder bigint (the tenant that has the devices); most integer.
-- Reads: transfers_row, devices_device. Writes: none.
-- Index: transfers_row_pkey, devices_device_pkey. Of the two ends the planner keeps the one that is meant.
-- Lock order: none. Largest size: 5,000 of 1,000,000 rows.
WITH slice AS MATERIALIZED (
    (
        SELECT r.row_no, r.outcome, r.device_id, r.serial
        FROM transfers_row r
        WHERE NOT %(is_backward)s
          AND r.transfer_id = %(transfer)s::bigint
          AND r.tenant_id = %(tenant)s::bigint
          AND r.row_no > %(after)s::bigint
          AND r.row_no < %(before)s::bigint
        ORDER BY r.row_no
        LIMIT %(most)s
    )
    UNION ALL
    (
        SELECT r.row_no, r.outcome, r.device_id, r.serial
        FROM transfers_row r
        WHERE %(is_backward)s
          AND r.transfer_id = %(transfer)s::bigint
          AND r.tenant_id = %(tenant)s::bigint
          AND r.row_no > %(after)s::bigint
          AND r.row_no < %(before)s::bigint
        ORDER BY r.row_no DESC
        LIMIT %(most)s
    )
)
SELECT
    min(row_no),
    max(row_no),
    coalesce(array_agg(device_id ORDER BY device_id) FILTER (WHERE outcome = 'FOUND' AND EXISTS (
        SELECT FROM devices_device d
        WHERE d.id = slice.device_id
          AND d.tenant_id = %(holder)s::bigint
          AND left(d.serial, 80) = slice.serial
          AND d.is_active
    )), '{}')
FROM slice
