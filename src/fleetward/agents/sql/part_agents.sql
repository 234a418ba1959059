-- Purpose: give listings that are made again what they had: their credentials, where they held the machine, and
--   who was signed in there last.
-- Params: tenant bigint (where they are listed); table devices_parted.
-- Reads: agents_agent, agents_presence. Writes: agents_agent, agents_presence.
-- Lock order: after the devices, by device.
-- Index: agents_agent_device_id_key, agents_presence_one (`+ 0`: see read_keys). Largest size: 5,000 listings.
WITH seen AS (
    UPDATE agents_presence p
    SET device_id = x.listing_id
    FROM devices_parted x
    WHERE p.device_id = x.device_id
        AND p.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
        AND p.tenant_id + 0 = %(tenant)s::bigint
)
UPDATE agents_agent a
SET device_id = x.listing_id
FROM devices_parted x
WHERE a.device_id = x.device_id
    AND a.device_id = ANY (ARRAY(SELECT device_id FROM devices_parted)::bigint[])
    AND a.tenant_id + 0 = %(tenant)s::bigint
    AND (x.listing ->> 'has_custody')::boolean
