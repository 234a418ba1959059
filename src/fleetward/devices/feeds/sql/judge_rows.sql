-- Purpose: judge the staged rows of a feed that have no outcome by who has the machine (T9, T10, T14):
--   `holder` holds it, whoever that is; `own` is what an earlier feed put into the partner's holding
--   tenant, wherever it is now; `listed` lies in the holding tenant without being held. A product
--   number that one side lacks may be any; HP without a model may be HPE's, and the reverse.
-- Params: none (the scope of the transaction is every tenant).
-- Reads: feed_stage, devices_device, devices_ordered, tenancy_tenant. Writes: feed_stage.
-- Index: devices_device_custody, devices_ordered_once, devices_device_pkey.
-- Lock order: none. Largest size: slices of 5,000 rows against 1,000,000 devices.
WITH asked AS MATERIALIZED (
    SELECT row_no, serial, manufacturer, other_maker, product_number, partner, holding
    FROM feed_stage
    WHERE outcome = ''
), own AS (
    SELECT DISTINCT ON (a.row_no) a.row_no, d.id, d.is_active, d.tenant_id = a.holding AS is_here
    FROM asked a
    JOIN devices_ordered o ON o.tenant_id = a.partner AND o.serial = a.serial
        AND o.manufacturer IN (a.manufacturer, a.other_maker)
        AND (o.product_number IN (a.product_number, '') OR a.product_number = '')
    JOIN devices_device d ON d.id = o.device_id
    ORDER BY a.row_no, o.product_number = a.product_number DESC, o.id
), holder AS (
    SELECT DISTINCT ON (a.row_no)
        a.row_no, d.id, d.tenant_id, d.tenant_id = a.holding AS is_here,
        t.owner_id IS NOT NULL OR EXISTS (
            SELECT FROM devices_ordered x WHERE x.device_id = d.id AND x.tenant_id <> a.partner
        ) AS is_fed
    FROM asked a
    JOIN devices_device d ON d.serial = a.serial AND d.has_custody AND (
        d.manufacturer = a.manufacturer
        OR (d.manufacturer = a.other_maker AND (d.manufacturer = 'HPE' OR d.model = ''))
    )
    JOIN tenancy_tenant t ON t.id = d.tenant_id
    WHERE d.product_number IN (a.product_number, '') OR a.product_number = ''
    ORDER BY a.row_no, d.tenant_id = a.holding DESC, d.product_number = a.product_number DESC, d.id
), listed AS (
    SELECT DISTINCT ON (a.row_no) a.row_no, d.id, d.is_active
    FROM asked a
    JOIN devices_device d ON d.tenant_id = a.holding AND d.serial = a.serial
        AND d.manufacturer = a.manufacturer AND NOT d.has_custody
    WHERE d.product_number IN (a.product_number, '') OR a.product_number = ''
    ORDER BY a.row_no, d.is_active DESC, d.product_number = a.product_number DESC, d.id
)
UPDATE feed_stage s
SET outcome = CASE
        WHEN h.is_here THEN 'ALREADY_HELD'
        WHEN NOT w.is_here THEN 'MOVED_ON'
        WHEN h.is_fed THEN 'CLAIMED'
        WHEN h.id IS NOT NULL THEN 'HELD_ELSEWHERE'
        WHEN l.is_active THEN 'HELD'
        WHEN w.is_active THEN 'ALREADY_HELD'
        WHEN w.id IS NOT NULL OR l.id IS NOT NULL THEN 'REMOVED'
        ELSE 'HELD'
    END,
    device_id = CASE
        WHEN h.is_here THEN h.id
        WHEN NOT w.is_here THEN w.id
        WHEN h.id IS NULL THEN coalesce(l.id, w.id)
    END,
    holder = CASE WHEN NOT h.is_here THEN h.tenant_id END
FROM asked a
LEFT JOIN own w ON w.row_no = a.row_no
LEFT JOIN holder h ON h.row_no = a.row_no
LEFT JOIN listed l ON l.row_no = a.row_no
WHERE s.row_no = a.row_no
