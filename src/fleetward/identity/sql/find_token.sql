-- Purpose: a token by the digest of what was presented, with all that decides whether it still speaks.
-- Params: digest text.
-- Reads: identity_token, identity_user. Writes: none. Lock order: none.
-- Index: the unique one of the digest, identity_user_pkey. Largest size: one row.
SELECT
    t.id, t.user_id, u.email, t.tenant_id, t.name, t.latest_use_at,
    t.revoked_at, t.expires_at, t.password_mark, u.password, u.is_active
FROM identity_token t
JOIN identity_user u ON u.id = t.user_id
WHERE t.digest = %(digest)s
