-- Purpose: a page of the outcomes of a bulk change, by internal id, with what each device was. A device
--   out of sight keeps its line, without what it was.
-- Params: tenants, locations bigint[]; capability text; tenant, run, after bigint; most integer;
--   outcomes text[] (empty: any).
-- Reads: devices_bulkitem, devices_device. Writes: nothing. Lock order: none.
-- Index: devices_bulkitem_pkey. Largest size: 5,000 of 1,000,000 devices.
SELECT
    i.device_id, d.uid,
    CASE WHEN d.id IS NULL THEN '' ELSE i.manufacturer END,
    CASE WHEN d.id IS NULL THEN '' ELSE i.serial END,
    CASE WHEN d.id IS NULL THEN '' ELSE i.name END,
    i.outcome, i.refusal
FROM (
    SELECT b.device_id, b.manufacturer, b.serial, b.name, b.outcome, b.refusal
    FROM devices_bulkitem b
    WHERE b.run_id = %(run)s::bigint
      AND b.tenant_id = %(tenant)s::bigint
      AND b.device_id > %(after)s::bigint
      AND (cardinality(%(outcomes)s::text[]) = 0 OR b.outcome = ANY (%(outcomes)s::text[]))
    ORDER BY b.device_id
    LIMIT %(most)s
) i
LEFT JOIN LATERAL (
    SELECT v.id, v.uid
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) v
    WHERE v.id = i.device_id AND v.tenant_id = %(tenant)s::bigint
    OFFSET 0
) d ON true
ORDER BY i.device_id
