-- Purpose: the digest of all outcome rows, which the trail keeps (hardening, 7). One line for each row:
--   its number, serial, outcome, refusal and device.
-- Params: tenant, transfer bigint. Reads: transfers_row. Writes: none.
-- Index: transfers_row_pkey. Lock order: none. Largest size: 1,000,000 rows.
SELECT encode(
    sha256(
        convert_to(
            coalesce(
                string_agg(
                    concat_ws(';', row_no, serial, outcome, refusal, coalesce(device_id, 0)),
                    chr(10) ORDER BY row_no
                ),
                ''
            ),
            'UTF8'
        )
    ),
    'hex'
)
FROM transfers_row
WHERE transfer_id = %(transfer)s::bigint AND tenant_id = %(tenant)s::bigint
