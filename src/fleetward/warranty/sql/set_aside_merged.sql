-- Purpose: keep what is known of listings that are merged into moved devices (T14), and of those devices what
--   that replaces: their hand-entered lines, and coverage that nobody had asked about. Each for its tenant.
-- Params: tenant, target bigint; reference uuid; table devices_merged.
-- Reads: warranty_entitlement, warranty_coverage. Writes: warranty_setaside.
-- Index: warranty_entitlement_line, warranty_coverage_pkey.
-- Lock order: after their coverage, by reassign_coverage. Largest size: 5,000 listings.
INSERT INTO warranty_setaside (tenant_id, reference, device_id, kind, body)
SELECT %(target)s::bigint, %(reference)s::uuid, m.listing_id, 'LINE', to_jsonb(e)
FROM devices_merged m
JOIN warranty_entitlement e ON e.device_id = m.listing_id AND e.tenant_id + 0 = %(target)s::bigint
WHERE e.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
UNION ALL
SELECT %(target)s::bigint, %(reference)s::uuid, m.listing_id, 'COVERAGE', to_jsonb(c)
FROM devices_merged m
JOIN warranty_coverage c ON c.device_id = m.listing_id AND c.tenant_id + 0 = %(target)s::bigint
WHERE c.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
UNION ALL
SELECT %(tenant)s::bigint, %(reference)s::uuid, m.device_id, 'LINE', to_jsonb(e)
FROM devices_merged m
JOIN warranty_entitlement e
    ON e.device_id = m.device_id AND e.source = 'manual' AND e.tenant_id + 0 = %(tenant)s::bigint
WHERE e.device_id = ANY (ARRAY(SELECT device_id FROM devices_merged)::bigint[])
UNION ALL
SELECT %(tenant)s::bigint, %(reference)s::uuid, m.device_id, 'COVERAGE', to_jsonb(c)
FROM devices_merged m
JOIN warranty_coverage c ON c.device_id = m.device_id AND c.checked_at IS NULL
WHERE c.device_id = ANY (ARRAY(SELECT device_id FROM devices_merged)::bigint[])
