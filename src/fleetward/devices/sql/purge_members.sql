-- Purpose: empty a static group that is deleted. Its row is locked by the caller.
-- Params: tenant bigint; group bigint.
-- Reads: devices_groupmember. Writes: devices_groupmember. Lock order: the group, by the caller.
-- Index: devices_groupmember_pkey. Largest size: 1,000,000 members.
DELETE FROM devices_groupmember m
WHERE m.group_id = %(group)s::bigint AND m.tenant_id = %(tenant)s::bigint
