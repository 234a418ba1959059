-- 2,000 tenants: one has 24 % of all devices, one 1 %, the others share the rest.
INSERT INTO tenancy_tenant
    (customer_id, name, kind, region, time_zone, language, expiring_days, created_at)
SELECT
    'Z' || lpad(g::text, 9, '0'), 'Tenant ' || g, 'CUSTOMER', 'EU', 'Europe/Paris', 'en', 180, now()
FROM generate_series(1, 2000) AS g
