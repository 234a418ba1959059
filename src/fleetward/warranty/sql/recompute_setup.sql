-- Purpose: after a change of connections, let devices that nobody was asked about say what holds now:
--   not checked, or why their provider cannot be asked.
-- Params: tenant bigint; providers jsonb (see plan_batches).
-- Reads: warranty_coverage. Writes: warranty_coverage (and warranty_tally by trigger).
-- Index: none (a pass over the tenant, in a job). Lock order: as stored.
-- Largest size: 240,000 devices.
UPDATE warranty_coverage c
SET unknown_reason = p.reason,
    reason = CASE WHEN c.ends_on IS NULL THEN p.reason ELSE '' END
FROM (
    SELECT manufacturer, coalesce(nullif(setup, ''), 'NOT_CHECKED') AS reason
    FROM jsonb_to_recordset(%(providers)s::jsonb) AS r (manufacturer text, provider text, setup text)
    WHERE provider <> ''
) p
WHERE c.tenant_id = %(tenant)s
  AND c.manufacturer = p.manufacturer
  AND c.checked_at IS NULL
  AND c.unknown_reason IN (
      'NOT_CHECKED', 'NOT_CONFIGURED', 'SIGN_IN_NEEDED', 'CREDENTIALS_REFUSED'
  )
  AND c.unknown_reason <> p.reason
