-- Purpose: count one more refused enrolment under each word; tells how many it makes in the window.
-- Params: words text[]; since timestamptz (when the window began).
-- Reads: agents_refusals. Writes: agents_refusals. Lock order: by word.
-- Index: agents_refusals_pkey. Largest size: three rows.
INSERT INTO agents_refusals AS r (word, since, refused)
SELECT w.word, %(since)s::timestamptz, 1
FROM unnest(%(words)s::text[]) AS w (word)
ORDER BY w.word
ON CONFLICT (word) DO UPDATE SET
    -- A straggler of the window before counts in the present one.
    refused = CASE WHEN EXCLUDED.since > r.since THEN 1 ELSE r.refused + 1 END,
    since = greatest(r.since, EXCLUDED.since)
RETURNING r.word, r.refused
