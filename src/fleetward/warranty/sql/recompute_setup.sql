-- Purpose: after a change of connections, let devices that nobody was asked about say what holds now:
--   not checked, or why their provider cannot be asked.
-- Params: tenant bigint; providers jsonb (see plan_batches).
-- Reads: warranty_coverage. Writes: warranty_coverage (and warranty_tally by trigger).
-- Index: none (passes over the tenant, in a job).
-- Lock order: coverage by device, as whoever stores answers. Largest size: 240,000 devices.
WITH wrong AS MATERIALIZED (
    SELECT c.device_id, p.reason
    FROM warranty_coverage c
    JOIN (
        SELECT manufacturer, coalesce(nullif(setup, ''), 'NOT_CHECKED') AS reason
        FROM jsonb_to_recordset(%(providers)s::jsonb)
            AS r (manufacturer text, provider text, setup text)
        WHERE provider <> ''
    ) p ON p.manufacturer = c.manufacturer
    WHERE c.tenant_id = %(tenant)s
      AND c.checked_at IS NULL
      AND c.unknown_reason IN (
          'NOT_CHECKED', 'NOT_CONFIGURED', 'SIGN_IN_NEEDED', 'CREDENTIALS_REFUSED'
      )
      AND c.unknown_reason <> p.reason
    ORDER BY c.device_id
    FOR UPDATE OF c
)
UPDATE warranty_coverage c
SET unknown_reason = w.reason,
    reason = CASE WHEN c.ends_on IS NULL THEN w.reason ELSE '' END
FROM wrong w
WHERE c.device_id = w.device_id AND c.tenant_id = %(tenant)s
