-- Purpose: the manufacturers of a tenant's active devices and their numbers.
-- Params: tenant bigint.
-- Reads: warranty_tally. Writes: nothing. Lock order: none. Largest size: 300,000 devices.
-- Index: warranty_tally_key.
SELECT t.manufacturer, sum(t.devices)
FROM warranty_tally t
WHERE t.tenant_id = %(tenant)s::bigint
GROUP BY t.manufacturer
HAVING sum(t.devices) > 0
ORDER BY sum(t.devices) DESC, t.manufacturer
