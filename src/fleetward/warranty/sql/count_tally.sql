-- Purpose: how many active devices the coverage side of a device filter leaves.
-- Params: tenant bigint; manufacturers, reasons text[] (empty: any); except_manufacturers text[];
--   is_checked, is_simulated boolean or null; firsts, latests date[] (the wanted ranges of ends); has_unknown boolean.
-- Reads: warranty_tally. Writes: nothing. Lock order: none. Largest size: 300,000 devices.
-- Index: warranty_tally_key.
SELECT coalesce(sum(t.devices), 0)
FROM warranty_tally t
WHERE t.tenant_id = %(tenant)s::bigint
  AND (cardinality(%(manufacturers)s::text[]) = 0 OR t.manufacturer = ANY (%(manufacturers)s::text[]))
  AND t.manufacturer <> ALL (%(except_manufacturers)s::text[])
  AND (cardinality(%(reasons)s::text[]) = 0 OR t.reason = ANY (%(reasons)s::text[]))
  AND (%(is_checked)s::boolean IS NULL OR (t.reason <> 'NOT_CHECKED') = %(is_checked)s::boolean)
  AND (%(is_simulated)s::boolean IS NULL OR t.is_simulated = %(is_simulated)s::boolean)
  AND (
    (%(has_unknown)s::boolean AND t.reason <> '')
    OR EXISTS (
      SELECT FROM unnest(%(firsts)s::date[], %(latests)s::date[]) AS wanted (first, latest)
      WHERE t.reason = '' AND t.ends_on BETWEEN wanted.first AND wanted.latest
    )
  )
