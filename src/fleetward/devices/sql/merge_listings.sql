-- Purpose: let the moved devices take over what the target lists of the same machines (T14): history,
--   groups, and that a partner ordered them. The listings go; a snapshot stays with the move, to list them again.
-- Params: target bigint; reference uuid; table devices_merged (both locked by claim_moving).
-- Reads: devices_device, devices_change, devices_groupmember, devices_ordered.
-- Writes: devices_mergedlisting, devices_change, devices_groupmember, devices_ordered, devices_device.
-- Index: devices_device_pkey, devices_change_device, devices_groupmember_device (devices_ordered_device
--   where much was ordered).
-- Lock order: devices by id, by claim_moving before; what was ordered by identity, as feeds do.
-- Largest size: 5,000 listings.
WITH kept AS (
    INSERT INTO devices_mergedlisting (reference, device_id, tenant_id, listing_id, listing)
    SELECT %(reference)s::uuid, m.device_id, %(target)s::bigint, m.listing_id, m.listing
    FROM devices_merged m
), history AS (
    UPDATE devices_change c
    SET device_id = m.device_id
    FROM devices_merged m
    WHERE c.device_id = m.listing_id
        AND c.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
        AND c.tenant_id + 0 = %(target)s::bigint
), members AS (
    UPDATE devices_groupmember g
    SET device_id = m.device_id
    FROM devices_merged m
    WHERE g.device_id = m.listing_id
        AND g.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
        AND g.tenant_id + 0 = %(target)s::bigint
), known AS MATERIALIZED (
    SELECT k.id, k.device_id
    FROM devices_ordered k
    WHERE k.device_id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
    ORDER BY k.tenant_id, k.serial, k.manufacturer, k.product_number
    FOR UPDATE
), ordered AS (
    UPDATE devices_ordered o
    SET device_id = m.device_id
    FROM known k
    JOIN devices_merged m ON m.listing_id = k.device_id
    WHERE o.id = k.id
)
DELETE FROM devices_device d
WHERE d.id = ANY (ARRAY(SELECT listing_id FROM devices_merged)::bigint[])
    AND d.tenant_id + 0 = %(target)s::bigint
