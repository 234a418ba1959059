-- Devices with serials of their own in the tenants given: %(tenants)s[i] takes its turn, one after
-- another. The share of manufacturers is that of the imported list.
INSERT INTO devices_device (
    tenant_id, manufacturer, serial, origin, name, model, assigned_user, asset_tag, location,
    country, purchased_on, created_at, updated_at
)
SELECT
    (%(tenants)s::bigint[])[1 + g %% cardinality(%(tenants)s::bigint[])],
    CASE
        WHEN %(only_dell)s OR g * 7919 %% 100 < 37 THEN 'Dell'
        WHEN g * 7919 %% 100 < 64 THEN 'Lenovo'
        WHEN g * 7919 %% 100 < 87 THEN 'HP'
        ELSE 'Apple'
    END,
    upper(left(md5('serial' || g), 4) || lpad(to_hex(g), 6, '0')),
    'CSV',
    'PC-' || lpad(g::text, 7, '0'),
    (ARRAY['Latitude 5450', 'ThinkPad T14', 'EliteBook 840', 'MacBook Pro 14'])[1 + g %% 4],
    'user' || g %% 9000 || '@example.org',
    'IT-' || lpad(g::text, 7, '0'),
    (ARRAY['Paris', 'Lyon', 'London', 'Munich', 'Boston'])[1 + g %% 5],
    (ARRAY['FR', 'FR', 'GB', 'DE', 'US'])[1 + g %% 5],
    current_date - (g %% 2000)::integer,
    now(),
    now()
FROM generate_series(%(first)s::bigint, %(latest)s::bigint) AS g
