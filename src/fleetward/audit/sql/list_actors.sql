-- Purpose: who stands in a trail, by name, without reading it: one step of the index for each name.
-- Params: tenant bigint, most integer.
-- Reads: audit_entry. Writes: nothing. Lock order: none.
-- Index: audit_entry_actor. Largest size: 200 names among millions of entries.
WITH RECURSIVE named AS (
  (
    SELECT actor FROM audit_entry
    WHERE tenant_id = %(tenant)s::bigint
    ORDER BY actor LIMIT 1
  )
  UNION ALL
  SELECT (
    SELECT e.actor FROM audit_entry e
    WHERE e.tenant_id = %(tenant)s::bigint AND e.actor > n.actor
    ORDER BY e.actor LIMIT 1
  )
  FROM named n
  WHERE n.actor IS NOT NULL
)
SELECT actor FROM named WHERE actor IS NOT NULL LIMIT %(most)s::integer
