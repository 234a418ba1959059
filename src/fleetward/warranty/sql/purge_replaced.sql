-- Purpose: before moved devices take over what is known of listings that are merged into them (T14), drop what
--   they cannot have twice: of the listing its vendors' lines, where the device was asked about too; of the
--   device its hand-entered lines, where the target has entered some.
-- Params: target bigint; table devices_merged.
-- Reads: warranty_entitlement, warranty_evidence, warranty_coverage.
-- Writes: warranty_entitlement, warranty_coverage (and warranty_tally by trigger).
-- Index: warranty_entitlement_line, warranty_evidence_once, warranty_coverage_pkey.
-- Lock order: after their coverage, by reassign_coverage. Largest size: 5,000 listings.
WITH lines AS (
    DELETE FROM warranty_entitlement e
    USING devices_merged m
    WHERE e.device_id = m.listing_id
        AND e.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
        AND e.tenant_id + 0 = %(target)s::bigint
        AND e.source <> 'manual'
        AND (
            EXISTS (
                SELECT FROM warranty_evidence v
                WHERE v.device_id = m.device_id AND v.source = e.source
            )
            OR EXISTS (
                SELECT FROM warranty_entitlement o
                WHERE o.device_id = m.device_id AND o.source = e.source
            )
        )
), entered AS (
    DELETE FROM warranty_entitlement e
    USING devices_merged m
    WHERE e.device_id = m.device_id
        AND e.device_id = ANY (ARRAY(SELECT device_id FROM devices_merged)::bigint[])
        AND e.source = 'manual'
        AND EXISTS (
            SELECT FROM warranty_entitlement l
            WHERE l.device_id = m.listing_id AND l.source = 'manual'
        )
)
DELETE FROM warranty_coverage c
USING devices_merged m
WHERE c.device_id = m.listing_id
    AND c.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
    AND c.tenant_id + 0 = %(target)s::bigint
