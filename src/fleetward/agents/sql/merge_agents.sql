-- Purpose: let moved devices take over the credentials of the listings that merge into them (T14), and who was
--   signed in there last, which is the target's own.
-- Params: target bigint; table devices_merged.
-- Reads: agents_agent, agents_presence. Writes: agents_agent, agents_presence.
-- Lock order: after the devices, by device.
-- Index: agents_agent_device_id_key, agents_presence_one (`+ 0`: see read_keys). Largest size: 5,000 listings.
WITH seen AS (
    UPDATE agents_presence p
    SET device_id = m.device_id
    FROM devices_merged m
    WHERE p.device_id = m.listing_id
        AND p.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
        AND p.tenant_id + 0 = %(target)s::bigint
        -- The device has been there before, and what was seen then ages out.
        AND NOT EXISTS (
            SELECT FROM agents_presence o
            WHERE o.device_id = m.device_id AND o.tenant_id = %(target)s::bigint
        )
)
UPDATE agents_agent a
SET device_id = m.device_id
FROM devices_merged m
WHERE a.device_id = m.listing_id
    AND a.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
    AND a.tenant_id + 0 = %(target)s::bigint
