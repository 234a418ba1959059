-- Purpose: of the next devices of a tenant, stage those with lines that are taken for hardware cover, or
--   not, against the present list (W9). Deleted ones too: they may come back. Tells the last of the
--   devices, null when there was none, and how many are staged.
-- Params: tenant bigint; after bigint; most integer; kinds jsonb: a list of {source, code, name,
--   is_cover}, is_cover being what they should be; table warranty_touched.
-- Reads: devices_device, warranty_entitlement. Writes: warranty_touched (temporary).
-- Index: devices_device_tenant_id, warranty_entitlement_line. Lock order: none.
-- Largest size: slices of 50,000 devices in a tenant of 1,000,000.
WITH slice AS MATERIALIZED (
    SELECT id
    FROM devices_device
    WHERE tenant_id = %(tenant)s AND id > %(after)s
    ORDER BY id
    LIMIT %(most)s
),
staged AS (
    INSERT INTO warranty_touched (device_id, kind, reason, is_simulated)
    SELECT DISTINCT e.device_id, '', '', false
    FROM warranty_entitlement e
    JOIN jsonb_to_recordset(%(kinds)s::jsonb) AS k (
        source text, code text, name text, is_cover boolean
    ) ON k.source = e.source AND k.code = e.code AND k.name = e.name AND k.is_cover <> e.is_cover
    WHERE e.device_id = ANY (ARRAY(SELECT id FROM slice))
      AND e.tenant_id + 0 = %(tenant)s
    RETURNING 1
)
SELECT (SELECT max(id) FROM slice), (SELECT count(*) FROM staged)
