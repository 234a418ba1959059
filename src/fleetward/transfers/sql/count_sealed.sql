-- Purpose: of the next devices that a transfer would move: how many have a user, a location, an asset
--   tag; and which they are, and the last row that was looked at (X5).
-- Params: tenant, transfer, after bigint; holder bigint (the tenant that has the devices); most integer.
-- Reads: transfers_row, devices_device. Writes: none.
-- Index: transfers_row_pkey, devices_device_pkey. Lock order: none.
-- Largest size: 50,000 of 1,000,000 rows.
WITH slice AS MATERIALIZED (
    SELECT r.row_no, r.outcome, r.device_id
    FROM transfers_row r
    WHERE r.transfer_id = %(transfer)s::bigint
      AND r.tenant_id = %(tenant)s::bigint
      AND r.row_no > %(after)s::bigint
    ORDER BY r.row_no
    LIMIT %(most)s
)
SELECT
    max(s.row_no),
    count(d.id) FILTER (WHERE d.assigned_user <> ''),
    count(d.id) FILTER (WHERE d.location <> ''),
    count(d.id) FILTER (WHERE d.asset_tag <> ''),
    coalesce(array_agg(d.id ORDER BY d.id) FILTER (WHERE d.id IS NOT NULL), '{}')
FROM slice s
LEFT JOIN devices_device d
    ON d.id = s.device_id AND d.tenant_id = %(holder)s::bigint AND s.outcome = 'FOUND'
