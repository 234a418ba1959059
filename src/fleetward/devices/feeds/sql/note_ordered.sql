-- Purpose: remember what the staged rows say that partners ordered, and as what device it came. What is
--   known stays as it is where a row tells nothing more.
-- Params: feed bigint; now timestamptz. Reads: feed_stage, devices_ordered. Writes: devices_ordered.
-- Index: devices_ordered_once. Lock order: by identity.
-- Largest size: slices of 5,000 rows against 1,000,000.
WITH told AS MATERIALIZED (
    SELECT DISTINCT ON (
        s.partner, s.serial, s.manufacturer, coalesce(k.product_number, s.product_number)
    )
        s.partner, s.location, s.serial, s.manufacturer,
        coalesce(k.product_number, s.product_number) AS product_number,
        s.model, s.order_number, s.ordered_on, s.shipped_on,
        CASE WHEN s.outcome IN ('HELD', 'ALREADY_HELD') THEN s.device_id END AS device_id
    FROM feed_stage s
    LEFT JOIN LATERAL (
        SELECT o.product_number
        FROM devices_ordered o
        WHERE o.tenant_id = s.partner
          AND o.serial = s.serial
          AND o.manufacturer = s.manufacturer
          AND (s.product_number = '' OR o.product_number IN (s.product_number, ''))
        ORDER BY o.product_number = s.product_number DESC, o.id
        LIMIT 1
    ) k ON true
    WHERE s.partner IS NOT NULL AND s.outcome NOT IN ('REFUSED', 'DUPLICATE', '')
    ORDER BY
        s.partner, s.serial, s.manufacturer, coalesce(k.product_number, s.product_number),
        s.row_no
)
INSERT INTO devices_ordered AS o (
    tenant_id, location, serial, manufacturer, product_number, model, order_number, ordered_on,
    shipped_on, feed_id, told_by, first_seen_at, device_id, held_at
)
SELECT
    partner, location, serial, manufacturer, product_number, model, order_number, ordered_on,
    shipped_on, %(feed)s::bigint, '', %(now)s, device_id,
    CASE WHEN device_id IS NOT NULL THEN %(now)s::timestamptz END
FROM told
ORDER BY partner, serial, manufacturer, product_number
ON CONFLICT (tenant_id, serial, manufacturer, product_number) DO UPDATE
SET location = coalesce(nullif(excluded.location, ''), o.location),
    model = coalesce(nullif(excluded.model, ''), o.model),
    order_number = coalesce(nullif(excluded.order_number, ''), o.order_number),
    ordered_on = coalesce(excluded.ordered_on, o.ordered_on),
    shipped_on = coalesce(excluded.shipped_on, o.shipped_on),
    feed_id = coalesce(o.feed_id, excluded.feed_id),
    device_id = coalesce(excluded.device_id, o.device_id),
    held_at = CASE
        WHEN excluded.device_id IS NULL OR excluded.device_id = o.device_id THEN o.held_at
        ELSE excluded.held_at
    END
WHERE o.feed_id IS NULL
   OR coalesce(excluded.device_id, o.device_id) IS DISTINCT FROM o.device_id
   OR coalesce(nullif(excluded.location, ''), o.location) <> o.location
   OR coalesce(nullif(excluded.model, ''), o.model) <> o.model
   OR coalesce(nullif(excluded.order_number, ''), o.order_number) <> o.order_number
   OR coalesce(excluded.ordered_on, o.ordered_on) IS DISTINCT FROM o.ordered_on
   OR coalesce(excluded.shipped_on, o.shipped_on) IS DISTINCT FROM o.shipped_on
