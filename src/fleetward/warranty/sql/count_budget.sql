-- Purpose: devices by model and by when they are due to be replaced: the place of the day since which a
--   device is in use among `firsts` (0: before all of them; null: nobody knows),
--   and whether a simulator has told some of these days (W20). A virtual machine is replaced by none.
-- Params: tenants bigint[], locations bigint[], capability text (the door); tenant bigint;
--   firsts date[] (in order).
-- Reads: devices_device, warranty_coverage. Writes: nothing. Lock order: none.
-- Index: devices_device_model (a pass over a tenant's devices reads whole tables where it has most of
--   the rows). Largest size: 240,000 devices in one tenant of 480,000 (0.9 s).
SELECT
    d.manufacturer,
    d.model,
    width_bucket(coalesce(d.purchased_on, c.ships_on, c.starts_on), %(firsts)s::date[]) AS place,
    count(*),
    bool_or(
        d.purchased_on IS NULL AND coalesce(c.ships_on, c.starts_on) IS NOT NULL
        AND (c.is_simulated OR c.is_answer_simulated)
    ) AS is_simulated
FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
JOIN warranty_coverage c ON c.device_id = d.id AND c.tenant_id = %(tenant)s
WHERE d.tenant_id = %(tenant)s AND d.is_active AND NOT d.is_virtual
  AND true /* or in some groups */
GROUP BY 1, 2, 3
