-- Purpose: a page of the staged devices that the undo of an import leaves alone, by internal id: what is
--   another by now, and who did that last. A device out of sight keeps its line, without what it is.
-- Params: tenants, locations bigint[]; capability text; tenant, import, after bigint; most integer.
-- Reads: bulk_slice, undo_slice, devices_device, devices_change. Writes: nothing. Lock order: none.
-- Index: devices_device_pkey, devices_change_device. Largest size: 5,000 of 1,000,000 devices.
SELECT
    s.device_id, d.uid, s.manufacturer, s.serial, s.name, s.verdict, s.refusal, s.since,
    coalesce(c.actor, ''), c.at
FROM (
    SELECT
        b.device_id, b.manufacturer, b.serial, b.name,
        coalesce(u.verdict, b.outcome) AS verdict,
        coalesce(u.refusal, '') AS refusal,
        coalesce(u.since, '{}') AS since
    FROM bulk_slice b
    LEFT JOIN undo_slice u ON u.device_id = b.device_id
    WHERE coalesce(u.verdict, b.outcome) IN ('CHANGED_SINCE', 'GONE', 'REFUSED')
      AND b.device_id > %(after)s::bigint
    ORDER BY b.device_id
    LIMIT %(most)s
) s
LEFT JOIN LATERAL (
    SELECT v.id, v.uid
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = s.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d ON true
LEFT JOIN LATERAL (
    SELECT h.actor, h.at
    FROM devices_change h
    WHERE h.device_id = d.id
      AND h.tenant_id + 0 = %(tenant)s::bigint
      AND h.import_run_id IS DISTINCT FROM %(import)s::bigint
      AND CASE
          WHEN s.verdict = 'GONE' THEN h.kind = 'DELETED'
          -- Its details are called like fields of the device.
          WHEN h.kind = 'WARRANTY' THEN s.since ? 'warranty'
          ELSE h.fields ?| ARRAY(SELECT jsonb_object_keys(s.since))
      END
    ORDER BY h.id DESC
    LIMIT 1
) c ON true
ORDER BY s.device_id
