-- Purpose: store the staged rows with their outcomes; returns their numbers by outcome.
-- Params: tenant, feed bigint. Reads: feed_stage. Writes: devices_feedrow.
-- Index: none (every row of the temporary table).
-- Lock order: none. Largest size: slices of 5,000 rows of a file of 1,000,000.
WITH stored AS (
    INSERT INTO devices_feedrow (
        tenant_id, feed_id, row_no, location, serial, manufacturer, product_number, model,
        order_number, outcome, refusal, partner_id, device_id, holder_id
    )
    SELECT
        %(tenant)s::bigint, %(feed)s::bigint, row_no, location, serial, manufacturer,
        product_number, model, order_number, outcome, refusal, partner, device_id, holder
    FROM feed_stage
    ORDER BY row_no
    RETURNING outcome
)
SELECT outcome, count(*) FROM stored GROUP BY outcome
