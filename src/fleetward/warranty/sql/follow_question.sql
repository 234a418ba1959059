-- Purpose: after another country, another mark of a virtual machine, or an enrolment, say whether the device can be asked
--   about and let it be due where that changes the answer or the way to it. What is known stays (W13):
--   it is the same machine. Beside it stands why nobody is asked, as plan_batches puts it there.
-- Params: tenant bigint; providers jsonb, junk text[] (see plan_batches); table devices_written.
-- Reads: devices_device, warranty_coverage. Writes: warranty_coverage (and warranty_tally by trigger).
-- Index: devices_device_pkey (OFFSET: see insert_coverage), warranty_coverage_pkey.
-- Lock order: coverage by device, as whoever stores answers. Largest size: 50,000 devices.
-- Only the reasons named here come and go with what has changed.
WITH judged AS MATERIALIZED (
    SELECT
        c.device_id, r.reason,
        coalesce(nullif(r.reason, ''), nullif(p.setup, ''), 'NOT_CHECKED') AS unknown_reason,
        r.reason IN ('VIRTUAL_MACHINE', 'NOT_ENROLLED', 'COUNTRY_MISSING') OR h.was_hindered AS has_turned,
        r.reason = '' AND (h.was_hindered OR coalesce(p.asks_with_country, false)) AS is_due
    FROM devices_written w
    CROSS JOIN LATERAL (
        SELECT v.* FROM devices_device v
        WHERE v.id = w.device_id AND v.tenant_id = %(tenant)s AND v.is_active OFFSET 0
    ) d
    JOIN warranty_coverage c ON c.device_id = w.device_id AND c.tenant_id + 0 = %(tenant)s
    LEFT JOIN jsonb_to_recordset(%(providers)s::jsonb) AS p (
        manufacturer text, provider text, needs_product_number boolean, needs_country boolean,
        enrolled_only boolean, asks_with_country boolean, setup text, is_other_company boolean
    ) ON p.manufacturer = d.manufacturer
    CROSS JOIN LATERAL (SELECT devices_junk_key(d.serial) AS junk_key OFFSET 0) k
    LEFT JOIN unnest(%(junk)s::text[]) j ON j = k.junk_key
    CROSS JOIN LATERAL (
        SELECT warranty_device_reason(
            d.is_virtual, d.serial, k.junk_key = '' OR j IS NOT NULL, d.product_number, d.country,
            d.enrolled_at IS NOT NULL, coalesce(p.provider, '') <> '', coalesce(p.is_other_company, false),
            coalesce(p.needs_product_number, false), coalesce(p.needs_country, false),
            coalesce(p.enrolled_only, false)
        ) AS reason
    ) r
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.checked_at IS NULL AND c.latest_error = '' THEN c.unknown_reason
            ELSE c.latest_error END IN ('VIRTUAL_MACHINE', 'NOT_ENROLLED', 'COUNTRY_MISSING') AS was_hindered
    ) h
    WHERE w.change = 'QUESTION'
    ORDER BY c.device_id
    FOR UPDATE OF c
)
UPDATE warranty_coverage c
SET latest_error = CASE WHEN j.has_turned THEN j.reason ELSE c.latest_error END,
    unknown_reason = CASE
        WHEN j.has_turned AND c.checked_at IS NULL THEN j.unknown_reason ELSE c.unknown_reason
    END,
    reason = CASE
        WHEN j.has_turned AND c.checked_at IS NULL AND c.ends_on IS NULL THEN j.unknown_reason
        ELSE c.reason
    END,
    is_due = c.is_due OR j.is_due
FROM judged j
WHERE c.device_id = j.device_id
  AND c.tenant_id + 0 = %(tenant)s
  AND (j.has_turned OR j.is_due)
