-- Purpose: the digest of all outcome rows, which the trail keeps (hardening, 7). One line for each row:
--   its number, location, serial, manufacturer, outcome, refusal and device.
-- Params: tenant, feed bigint. Reads: devices_feedrow. Writes: none.
-- Index: devices_feedrow_pkey. Lock order: none. Largest size: 1,000,000 rows.
SELECT encode(
    sha256(
        convert_to(
            coalesce(
                string_agg(
                    concat_ws(
                        ';', row_no, location, serial, manufacturer, outcome, refusal,
                        coalesce(device_id, 0)
                    ),
                    chr(10) ORDER BY row_no
                ),
                ''
            ),
            'UTF8'
        )
    ),
    'hex'
)
FROM devices_feedrow
WHERE feed_id = %(feed)s::bigint AND tenant_id = %(tenant)s::bigint
