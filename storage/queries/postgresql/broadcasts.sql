-- name: reach
-- As in SQLite, apart from the look into the rules of a group.
SELECT count(*) AS chats FROM (
    SELECT chat_id, kind, gone_at FROM chats WHERE chat_id > :after ORDER BY chat_id LIMIT :limit) AS portion
WHERE gone_at IS NULL AND kind IN ('private', 'group', 'supergroup')
    AND NOT EXISTS (SELECT 1 FROM access WHERE access.id = portion.chat_id AND banned_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM groups WHERE groups.chat_id = portion.chat_id AND groups.rules::json ->> 'is_on' = 'false');

-- name: add_recipients
INSERT INTO recipients (broadcast_id, chat_id)
SELECT :id, chat_id FROM (
    SELECT chat_id, kind, gone_at FROM chats WHERE chat_id > :after ORDER BY chat_id LIMIT :limit) AS portion
WHERE gone_at IS NULL AND kind IN ('private', 'group', 'supergroup')
    AND NOT EXISTS (SELECT 1 FROM access WHERE access.id = portion.chat_id AND banned_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM groups WHERE groups.chat_id = portion.chat_id AND groups.rules::json ->> 'is_on' = 'false')
ON CONFLICT (broadcast_id, chat_id) DO NOTHING
RETURNING chat_id;
