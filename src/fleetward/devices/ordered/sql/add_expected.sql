-- Purpose: remember what a partner says that it ordered; what is known already gets the order where it
--   lacked one. Returns how many were added. HP without a model may be HPE's, and the reverse.
-- Params: tenant bigint; rows jsonb; told_by text; now timestamptz.
-- Reads: devices_ordered. Writes: devices_ordered.
-- Index: devices_ordered_once. Lock order: by identity. Largest size: 10,000 rows.
WITH told AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (
        serial text, manufacturer text, other_maker text, product_number text, model text,
        order_number text, ordered_on date
    )
), known AS MATERIALIZED (
    SELECT DISTINCT ON (o.id)
        o.id, w.serial, w.manufacturer, w.product_number, w.order_number, w.ordered_on
    FROM told w
    JOIN devices_ordered o ON o.tenant_id = %(tenant)s::bigint
        AND o.serial = w.serial
        AND o.manufacturer IN (w.manufacturer, w.other_maker)
        AND (o.product_number IN (w.product_number, '') OR w.product_number = '')
    ORDER BY o.id
), completed AS (
    UPDATE devices_ordered o
    SET order_number = coalesce(nullif(o.order_number, ''), k.order_number),
        ordered_on = coalesce(o.ordered_on, k.ordered_on)
    FROM known k
    WHERE o.id = k.id
      AND o.tenant_id = %(tenant)s::bigint
      AND (o.order_number = '' AND k.order_number <> '' OR o.ordered_on IS NULL AND k.ordered_on IS NOT NULL)
), added AS (
    INSERT INTO devices_ordered (
        tenant_id, location, serial, manufacturer, product_number, model, order_number, ordered_on,
        told_by, first_seen_at
    )
    SELECT
        %(tenant)s::bigint, '', w.serial, w.manufacturer, w.product_number, w.model, w.order_number,
        w.ordered_on, %(told_by)s, %(now)s
    FROM told w
    WHERE NOT EXISTS (
        SELECT FROM known k
        WHERE k.serial = w.serial
          AND k.manufacturer = w.manufacturer
          AND k.product_number = w.product_number
    )
    ORDER BY w.serial, w.manufacturer, w.product_number
    ON CONFLICT (tenant_id, serial, manufacturer, product_number) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM added
