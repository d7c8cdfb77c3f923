-- name: standing_of
-- An invitation without credits sets no budget, whatever others bring.
SELECT allowed_at, invited_at, banned_at, coalesce((
    SELECT min(invites.credits) FROM redemptions JOIN invites ON invites.code = redemptions.code
    WHERE person = access.id), 0) AS least
FROM access WHERE id = :scope_id;

-- name: id_by_now
-- A group that became a supergroup has another id.
SELECT moved_to FROM chats WHERE chat_id = :scope_id AND moved_to IS NOT NULL;

-- name: ids_before
SELECT chat_id FROM chats WHERE moved_to = :scope_id;

-- name: allow_id
INSERT INTO access (id, allowed_at) VALUES (:scope_id, :now)
ON CONFLICT (id) DO UPDATE SET allowed_at = excluded.allowed_at;

-- name: let_in
-- Admit a person by an invitation.
INSERT INTO access (id, invited_at) VALUES (:scope_id, :now)
ON CONFLICT (id) DO UPDATE SET invited_at = excluded.invited_at;

-- name: ban_id
INSERT INTO access (id, banned_at) VALUES (:scope_id, :now)
ON CONFLICT (id) DO UPDATE SET banned_at = excluded.banned_at;

-- name: unban_id
UPDATE access SET banned_at = NULL WHERE id = :scope_id AND banned_at IS NOT NULL RETURNING id;

-- name: move_access
-- A group became a supergroup. A decision about the supergroup wins.
UPDATE access SET id = :new_id WHERE id = :chat_id
    AND NOT EXISTS (SELECT 1 FROM access AS other WHERE other.id = :new_id);

-- name: add_invite
INSERT INTO invites (code, origin, credits, uses, expires_at, made_by, made_at)
VALUES (:code, :idempotency_key, :credits, :uses, :expires_at, :made_by, :now)
ON CONFLICT (origin) DO NOTHING;

-- name: code_by_idempotency_key
SELECT code FROM invites WHERE origin = :idempotency_key;

-- name: invite_by_code
SELECT credits, uses, expires_at,
    (SELECT count(*) FROM redemptions WHERE redemptions.code = invites.code) AS used,
    (SELECT origin FROM redemptions WHERE redemptions.code = invites.code AND person = :person) AS redeemed_by
FROM invites WHERE code = :code;

-- name: add_redemption
INSERT INTO redemptions (code, person, origin, redeemed_at) VALUES (:code, :person, :idempotency_key, :now);
