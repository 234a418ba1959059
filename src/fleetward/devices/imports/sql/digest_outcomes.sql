-- Purpose: the digest of all outcome rows, which the audit entry keeps (hardening, 7).
--   One line for each row: number, outcome, device, refusal.
-- Params: run bigint, tenant bigint. Reads: devices_importrow. Writes: none.
-- Index: devices_importrow_pkey. Lock order: none. Largest size: 1,000,000 rows.
SELECT encode(
    sha256(
        convert_to(
            coalesce(
                string_agg(
                    row_no || ' ' || outcome || ' ' || coalesce(device_id::text, '') || ' ' || refusal,
                    chr(10) ORDER BY row_no
                ),
                ''
            ),
            'UTF8'
        )
    ),
    'hex'
)
FROM devices_importrow
WHERE run_id = %(run)s::bigint AND tenant_id = %(tenant)s::bigint
