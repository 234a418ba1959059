-- Purpose: the digest of all outcomes of a bulk change, which the trail keeps (hardening, 7). One line
--   for each device: its internal id, outcome, refusal, and what it was.
-- Params: tenant, run bigint. Reads: devices_bulkitem. Writes: none.
-- Index: devices_bulkitem_pkey. Lock order: none. Largest size: 1,000,000 devices.
SELECT encode(
    sha256(
        convert_to(
            coalesce(
                string_agg(
                    concat_ws(';', device_id, outcome, refusal, manufacturer, serial, name),
                    chr(10) ORDER BY device_id
                ),
                ''
            ),
            'UTF8'
        )
    ),
    'hex'
)
FROM devices_bulkitem
WHERE run_id = %(run)s::bigint AND tenant_id = %(tenant)s::bigint
