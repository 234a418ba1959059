-- Purpose: archive devices that have been inactive since before a moment (E10), with their history; returns
--   their public ids. What somebody restores meanwhile is left alone. Nobody's change: `updated_at` stays.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; before timestamptz; most integer;
--   today date (the tenant's day); actor, request_id text; now timestamptz.
-- Reads: devices_device. Writes: devices_device, devices_change.
-- Lock order: devices by id. Index: devices_device_deleted. Largest size: 20,000 of 200,000 devices.
WITH due AS MATERIALIZED (
  SELECT d.id
  FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
  WHERE d.tenant_id = %(tenant)s::bigint
    AND NOT d.is_active
    AND d.archived_on IS NULL
    AND d.updated_at < %(before)s::timestamptz
  LIMIT %(most)s
), locked AS MATERIALIZED (
  -- Again, because a row that had to be waited for may be another by now.
  SELECT d.id
  FROM devices_device d
  WHERE d.id = ANY (ARRAY(SELECT id FROM due)::bigint[])
    AND NOT d.is_active
    AND d.archived_on IS NULL
    AND d.updated_at < %(before)s::timestamptz
  ORDER BY d.id
  FOR UPDATE
), archived AS (
  UPDATE devices_device d
  SET archived_on = %(today)s::date
  FROM locked l
  WHERE d.id = l.id AND d.tenant_id = %(tenant)s::bigint
  RETURNING d.id, d.uid
), history AS (
  INSERT INTO devices_change (tenant_id, device_id, at, actor, kind, fields, request_id)
  SELECT %(tenant)s::bigint, id, %(now)s, %(actor)s, 'ARCHIVED', '{}', %(request_id)s
  FROM archived
  ORDER BY id
)
SELECT uid FROM archived
