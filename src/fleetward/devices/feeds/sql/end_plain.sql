-- Purpose: give the staged rows of a feed their outcome that end without a look at devices: those
--   refused, of an unknown location, of a machine that an earlier row of the file names, or of a
--   partner without holding tenant. An earlier row counts if its partner is known.
-- Params: tenant, feed bigint. Reads: feed_stage, devices_feedrow. Writes: feed_stage.
-- Index: devices_feedrow_serial.
-- Lock order: none. Largest size: slices of 5,000 rows of a file of 1,000,000.
WITH doubles AS (
    SELECT s.row_no
    FROM feed_stage s
    JOIN feed_stage o ON o.serial = s.serial AND o.manufacturer = s.manufacturer
    WHERE o.row_no < s.row_no
      AND o.refusal = ''
      AND o.partner IS NOT NULL
      AND (o.product_number = s.product_number OR o.product_number = '' OR s.product_number = '')
    UNION
    SELECT s.row_no
    FROM feed_stage s
    JOIN devices_feedrow r ON r.serial = s.serial AND r.manufacturer = s.manufacturer
    WHERE r.feed_id = %(feed)s::bigint
      AND r.tenant_id = %(tenant)s::bigint
      AND r.outcome NOT IN ('REFUSED', 'UNKNOWN_LOCATION')
      AND (r.product_number = s.product_number OR r.product_number = '' OR s.product_number = '')
)
UPDATE feed_stage s
SET outcome = CASE
    WHEN s.refusal <> '' THEN 'REFUSED'
    WHEN s.partner IS NULL THEN 'UNKNOWN_LOCATION'
    WHEN s.row_no IN (SELECT row_no FROM doubles) THEN 'DUPLICATE'
    WHEN s.holding IS NULL THEN 'NO_HOLDING'
    ELSE ''
END
