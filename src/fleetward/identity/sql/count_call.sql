-- Purpose: count a call of a token, and say how many it has made in this minute.
-- Params: token bigint, minute timestamptz.
-- Reads: identity_tokencalls. Writes: identity_tokencalls. Lock order: one row, alone.
-- Index: identity_tokencalls_pkey. Largest size: one row.
INSERT INTO identity_tokencalls AS t (token_id, minute, calls)
VALUES (%(token)s::bigint, %(minute)s, 1)
ON CONFLICT (token_id) DO UPDATE SET
    -- A straggler of the minute before, or of a clock that is behind, counts in the present one.
    calls = CASE WHEN EXCLUDED.minute > t.minute THEN 1 ELSE t.calls + 1 END,
    minute = greatest(t.minute, EXCLUDED.minute)
RETURNING t.calls
