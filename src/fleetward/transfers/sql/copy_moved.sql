-- Purpose: the rows of a transfer that takes another one back: the devices that this one has moved, with
--   the numbers of its rows. Returns their numbers by outcome.
-- Params: tenant, transfer (the undo), undone bigint. Reads: transfers_row. Writes: transfers_row.
-- Index: transfers_row_pkey. Lock order: none. Largest size: 1,000,000 rows.
WITH stored AS (
    INSERT INTO transfers_row (
        tenant_id, transfer_id, row_no, given, serial, manufacturer, outcome, device_id
    )
    SELECT
        r.tenant_id, %(transfer)s::bigint, r.row_no, r.given, r.serial, r.manufacturer, 'FOUND',
        r.device_id
    FROM transfers_row r
    WHERE r.transfer_id = %(undone)s::bigint
      AND r.tenant_id = %(tenant)s::bigint
      AND r.outcome IN ('MOVED', 'MERGED')
    RETURNING outcome
)
SELECT outcome, '', count(*) FROM stored GROUP BY outcome
