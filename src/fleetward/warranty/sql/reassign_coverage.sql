-- Purpose: let the coverage of devices follow them to another tenant. What is known stays: it is of the machine.
--   Why nobody could be asked is of the tenant: where that was the latest word, the device is due, and says
--   what holds where it is. What was merged into them, or is listed again, is held in the same order.
-- Params: tenant, target bigint; providers jsonb (of the target, see plan_batches); tables devices_moved,
--   devices_merged, devices_parted.
-- Reads: warranty_coverage. Writes: warranty_coverage (and warranty_tally by trigger).
-- Index: warranty_coverage_pkey. Lock order: coverage by device, as whoever stores answers.
--   Largest size: 5,000 of 1,000,000 devices.
WITH held AS MATERIALIZED (
    SELECT
        c.device_id, c.tenant_id, coalesce(p.reason, 'NOT_CHECKED') AS reason,
        c.latest_error IN (
            'NOT_CONFIGURED', 'SIGN_IN_NEEDED', 'CREDENTIALS_REFUSED', 'QUOTA_REACHED', 'VENDOR_DOWN'
        ) AS was_hindered,
        c.checked_at IS NULL AND c.unknown_reason IN (
            'NOT_CHECKED', 'NOT_CONFIGURED', 'SIGN_IN_NEEDED', 'CREDENTIALS_REFUSED', 'QUOTA_REACHED',
            'VENDOR_DOWN'
        ) AS is_unasked
    FROM warranty_coverage c
    LEFT JOIN (
        SELECT manufacturer, coalesce(nullif(setup, ''), 'NOT_CHECKED') AS reason
        FROM jsonb_to_recordset(%(providers)s::jsonb)
            AS r (manufacturer text, provider text, setup text)
        WHERE provider <> ''
    ) p ON p.manufacturer = c.manufacturer
    WHERE c.device_id = ANY (
        ARRAY(SELECT device_id FROM devices_moved UNION ALL SELECT listing_id FROM devices_merged)::bigint[]
    )
    ORDER BY c.device_id
    FOR UPDATE OF c
)
UPDATE warranty_coverage c
SET tenant_id = %(target)s::bigint,
    unknown_reason = CASE WHEN h.is_unasked THEN h.reason ELSE c.unknown_reason END,
    reason = CASE WHEN h.is_unasked AND c.ends_on IS NULL THEN h.reason ELSE c.reason END,
    latest_error = CASE WHEN h.was_hindered THEN '' ELSE c.latest_error END,
    attempted_at = CASE WHEN h.was_hindered THEN c.checked_at ELSE c.attempted_at END,
    is_due = c.is_due OR h.was_hindered
FROM held h
WHERE c.device_id = h.device_id
    AND h.tenant_id = %(tenant)s::bigint
    AND c.tenant_id + 0 = %(tenant)s::bigint
