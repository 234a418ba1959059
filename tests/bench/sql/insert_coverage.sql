-- Coverage of devices that have none yet: five of six end on some day, the others are not checked.
INSERT INTO warranty_coverage
    (device_id, tenant_id, manufacturer, starts_on, ends_on, reason, source, unknown_reason)
SELECT
    d.id,
    d.tenant_id,
    d.manufacturer,
    CASE WHEN d.id %% 6 > 0 THEN current_date - 1500 END,
    CASE WHEN d.id %% 6 > 0 THEN current_date - 1000 + (d.id * 7919 %% 2400)::integer END,
    CASE WHEN d.id %% 6 > 0 THEN '' ELSE 'NOT_CHECKED' END,
    CASE WHEN d.id %% 6 > 0 THEN 'dell' ELSE '' END,
    'NOT_CHECKED'
FROM devices_device AS d
WHERE d.tenant_id = ANY (%(tenants)s::bigint[])
  AND NOT EXISTS (SELECT FROM warranty_coverage AS c WHERE c.device_id = d.id)
