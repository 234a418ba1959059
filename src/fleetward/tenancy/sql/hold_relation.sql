-- Purpose: whether a customer has accepted this partner; whoever ends that waits for us, as many as hold it.
-- Params: partner, customer bigint. Reads: tenancy_relation. Writes: none.
-- Index: tenancy_relation_partner. Lock order: after a transfer. Largest size: one row.
SELECT id
FROM tenancy_relation
WHERE partner_id = %(partner)s AND customer_id = %(customer)s AND state = 'ACCEPTED'
FOR SHARE
