-- Purpose: make devices inactive (E10), or active again, with their history. What is already so stays
--   as it is and is not counted.
-- Params: tenant bigint; ids bigint[] (locked by the caller); to_active boolean; actor, on_behalf,
--   request_id text; run bigint or null (the bulk change that does it); now timestamptz.
-- Reads: devices_device. Writes: devices_device, devices_change, devices_written.
-- Lock order: devices by id, by the caller. Index: devices_device_pkey. Largest size: 50,000 devices.
WITH switched AS (
  UPDATE devices_device
  SET is_active = %(to_active)s::boolean, archived_on = NULL, updated_at = %(now)s
  WHERE id = ANY (%(ids)s::bigint[])
    AND tenant_id = %(tenant)s::bigint
    AND is_active <> %(to_active)s::boolean
  RETURNING id
), history AS (
  INSERT INTO devices_change (
    tenant_id, device_id, at, actor, on_behalf, kind, fields, bulk_run_id, request_id
  )
  SELECT
    %(tenant)s::bigint, id, %(now)s, %(actor)s, %(on_behalf)s,
    CASE WHEN %(to_active)s::boolean THEN 'RESTORED' ELSE 'DELETED' END, '{}', %(run)s::bigint,
    %(request_id)s
  FROM switched
  ORDER BY id
)
INSERT INTO devices_written (device_id, change)
SELECT id, CASE WHEN %(to_active)s::boolean THEN 'NEW' ELSE 'GONE' END FROM switched
