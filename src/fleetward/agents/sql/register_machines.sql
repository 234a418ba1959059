-- Purpose: register machines before they ask (E8), also those that were refused for their domain (E9); what is
--   registered already, or waits for its release, stays as it is.
-- Params: tenant bigint; serials, manufacturers, product_numbers, names text[]; by text; now timestamptz.
-- Reads: nothing. Writes: agents_pending. Lock order: by identity.
-- Index: agents_pending_identity. Largest size: 10,000 machines.
INSERT INTO agents_pending AS p (
    uid, tenant_id, kind, serial, manufacturer, product_number, name, model, domain, os, added_by, created_at,
    updated_at
)
SELECT
    gen_random_uuid(), %(tenant)s::bigint, 'REGISTERED', w.serial, w.manufacturer, w.product_number, w.name, '', '',
    '', %(by)s::text, %(now)s::timestamptz, %(now)s::timestamptz
FROM unnest(
    %(serials)s::text[], %(manufacturers)s::text[], %(product_numbers)s::text[], %(names)s::text[]
) AS w (serial, manufacturer, product_number, name)
ORDER BY w.serial COLLATE "C", w.manufacturer COLLATE "C", w.product_number COLLATE "C"
ON CONFLICT (tenant_id, serial, manufacturer, product_number) DO UPDATE SET
    kind = EXCLUDED.kind,
    name = coalesce(nullif(EXCLUDED.name, ''), p.name),
    added_by = EXCLUDED.added_by,
    updated_at = EXCLUDED.updated_at
WHERE p.kind = 'DOMAIN'
