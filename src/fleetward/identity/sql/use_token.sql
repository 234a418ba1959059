-- Purpose: a token by the digest of what was presented, with all that decides whether it still speaks, and
--   the number of its calls in this minute, this one included; 0 where calls are not counted.
-- Params: digest text, minute timestamptz, is_counted boolean.
-- Reads: identity_token, identity_user, identity_tokencalls. Writes: identity_tokencalls.
-- Index: the unique one of the digest, identity_user_pkey, identity_tokencalls_pkey. Lock order: one row, alone.
-- Largest size: one row.
WITH found AS (
    SELECT
        t.id, t.user_id, u.email, t.tenant_id, t.name, t.latest_use_at,
        t.revoked_at, t.expires_at, t.password_mark, u.password, u.is_active
    FROM identity_token t
    JOIN identity_user u ON u.id = t.user_id
    WHERE t.digest = %(digest)s
),
counted AS (
    INSERT INTO identity_tokencalls AS t (token_id, minute, calls)
    SELECT id, %(minute)s, 1
    FROM found
    WHERE %(is_counted)s
    ON CONFLICT (token_id) DO UPDATE SET
        -- A straggler of the minute before, or of a clock that is behind, counts in the present one.
        calls = CASE WHEN EXCLUDED.minute > t.minute THEN 1 ELSE t.calls + 1 END,
        minute = greatest(t.minute, EXCLUDED.minute)
    RETURNING calls
)
SELECT coalesce((SELECT calls FROM counted), 0), found.*
FROM found
