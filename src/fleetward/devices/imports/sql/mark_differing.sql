-- Purpose: tell the matched rows whose device differs from the list, or is deleted, from the others.
-- Params: tenant bigint, round integer, first text, last text (lowest and highest staged serial).
-- Reads: import_stage, devices_device. Writes: import_match.
-- Index: devices_device_identity (a range of serials: the list is sorted).
-- Lock order: none. Largest size: batches of 50,000 rows against 1,000,000 devices.
UPDATE import_match AS m
SET outcome = CASE WHEN d.is_active THEN 'CHANGED' ELSE 'RESTORED' END
FROM import_stage AS s, devices_device AS d
WHERE m.round = %(round)s
  AND m.outcome = 'UNCHANGED'
  AND s.row_no = m.row_no
  AND d.id = m.device_id
  AND d.tenant_id = %(tenant)s::bigint
  AND d.serial BETWEEN %(first)s::text AND %(last)s::text
  AND (
      NOT d.is_active
      OR (s.manufacturer = 'HPE' AND d.manufacturer = 'HP')
      OR (s.product_number <> '' AND s.product_number <> d.product_number)
      OR (s.name <> '' AND s.name <> d.name)
      OR (s.model <> '' AND s.model <> d.model)
      OR (s.assigned_user <> '' AND s.assigned_user <> d.assigned_user)
      OR (s.asset_tag <> '' AND s.asset_tag <> d.asset_tag)
      OR (s.location <> '' AND s.location <> d.location)
      OR (s.country <> '' AND s.country <> d.country)
      OR s.purchased_on <> coalesce(d.purchased_on, 'infinity')
      OR (s.is_virtual AND NOT d.is_virtual)
  )
