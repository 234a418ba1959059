-- Purpose: find what each staged row of a serial list names among the active devices that the actor
--   may delete, and store its outcome; returns their numbers by outcome. A manufacturer or product
--   number that a row does not give may be any; a device without product number may be meant by a row
--   that gives one, unless another device has it. A row that may be HP's or HPE's may mean either.
-- Params: tenants, locations bigint[]; capability text; tenant, list bigint; first text, last text
--   (lowest and highest staged serial).
-- Reads: import_stage, devices_device, devices_serialrow. Writes: devices_serialrow.
-- Index: devices_device_identity, devices_serialrow_device.
-- Lock order: none. Largest size: batches of 50,000 rows against 1,000,000 devices.
WITH candidates AS (
    SELECT
        s.row_no, d.id, d.updated_at, e.is_exact,
        count(*) OVER (PARTITION BY s.row_no, e.is_exact) AS rivals
    FROM import_stage s
    JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
        ON d.serial = s.serial
    CROSS JOIN LATERAL (
        SELECT s.product_number <> '' AND d.product_number = s.product_number AS is_exact
    ) e
    WHERE d.tenant_id = %(tenant)s::bigint
      AND d.serial BETWEEN %(first)s::text AND %(last)s::text
      AND d.is_active
      AND s.refusal = ''
      AND (s.manufacturer = '' OR d.manufacturer IN (s.manufacturer, s.other_maker))
      AND (s.product_number = '' OR d.product_number IN (s.product_number, ''))
), chosen AS (
    SELECT DISTINCT ON (row_no) row_no, id, updated_at, rivals
    FROM candidates
    ORDER BY row_no, is_exact DESC
), judged AS (
    SELECT
        s.row_no, s.serial, s.manufacturer, s.product_number, c.id, c.updated_at,
        CASE
            WHEN s.refusal = 'DUPLICATE_ROW' THEN 'DUPLICATE'
            WHEN s.refusal = 'AMBIGUOUS_SERIAL' THEN 'AMBIGUOUS'
            WHEN s.refusal <> '' THEN 'REFUSED'
            WHEN c.id IS NULL THEN 'NOT_FOUND'
            WHEN c.rivals > 1 THEN 'AMBIGUOUS'
            WHEN row_number() OVER (PARTITION BY c.id, c.rivals > 1 ORDER BY s.row_no) > 1 THEN 'DUPLICATE'
            WHEN EXISTS (
                SELECT FROM devices_serialrow o
                WHERE o.list_id = %(list)s::bigint AND o.device_id = c.id AND o.outcome = 'FOUND'
            ) THEN 'DUPLICATE'
            ELSE 'FOUND'
        END AS outcome,
        s.refusal
    FROM import_stage s
    LEFT JOIN chosen c ON c.row_no = s.row_no
), stored AS (
    INSERT INTO devices_serialrow (
        tenant_id, list_id, row_no, serial, manufacturer, product_number, outcome, refusal,
        device_id, seen_at
    )
    SELECT
        %(tenant)s::bigint, %(list)s::bigint, row_no, left(serial, 80), left(manufacturer, 80),
        left(product_number, 80), outcome, CASE WHEN outcome = 'REFUSED' THEN refusal ELSE '' END,
        CASE WHEN outcome = 'FOUND' THEN id END, CASE WHEN outcome = 'FOUND' THEN updated_at END
    FROM judged
    RETURNING outcome
)
SELECT outcome, count(*) FROM stored GROUP BY outcome
