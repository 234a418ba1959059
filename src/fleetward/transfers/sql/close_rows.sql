-- Purpose: give the rows of a slice their outcomes: those whose devices went, and all others that were
--   still to be done. Returns how many ended how.
-- Params: tenant, transfer, lowest, highest bigint; moved bigint[], merged bigint[] (devices that went, and
--   those among them that were merged); done, joined, missed text (outcomes); arrived bigint or null.
-- Reads: transfers_row. Writes: transfers_row. Index: transfers_row_pkey.
-- Lock order: rows of one transfer, after their devices. Largest size: 5,000 of 1,000,000 rows.
WITH closed AS (
    UPDATE transfers_row r
    SET
        outcome = CASE
            WHEN r.device_id = ANY (%(merged)s::bigint[]) THEN %(joined)s::text
            WHEN r.device_id = ANY (%(moved)s::bigint[]) THEN %(done)s::text
            ELSE %(missed)s::text
        END,
        arrived_in = CASE WHEN r.device_id = ANY (%(moved)s::bigint[]) THEN %(arrived)s::bigint END
    WHERE r.transfer_id = %(transfer)s::bigint
      AND r.tenant_id = %(tenant)s::bigint
      AND r.row_no BETWEEN %(lowest)s::bigint AND %(highest)s::bigint
      AND r.outcome = 'FOUND'
    RETURNING r.outcome
)
SELECT outcome, count(*) FROM closed GROUP BY outcome
