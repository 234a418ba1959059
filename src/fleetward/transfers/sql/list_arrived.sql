-- Purpose: a page of the devices that one transfer has brought to a tenant, in the order of its file.
-- Params: tenant (where they came), transfer, after bigint; most integer.
-- Reads: transfers_row. Writes: none. Lock order: none.
-- Index: transfers_row_pkey. Largest size: 5,000 of 1,000,000 rows.
SELECT r.row_no, r.serial, r.manufacturer, r.outcome
FROM transfers_row r
WHERE r.transfer_id = %(transfer)s::bigint
  AND r.arrived_in = %(tenant)s::bigint
  AND r.row_no > %(after)s::bigint
ORDER BY r.row_no
LIMIT %(most)s
