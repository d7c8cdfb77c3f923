-- name: put_awaited
INSERT INTO awaited_messages (chat_id, message_id, sent_at) VALUES (:chat_id, :message_id, :now)
ON CONFLICT (chat_id) DO UPDATE SET message_id = excluded.message_id, sent_at = excluded.sent_at;

-- name: drop_awaited
DELETE FROM awaited_messages WHERE chat_id = :chat_id;

-- name: prune_awaited
DELETE FROM awaited_messages WHERE chat_id IN (
    SELECT chat_id FROM awaited_messages WHERE sent_at < :before ORDER BY sent_at LIMIT :limit)
RETURNING chat_id;

-- name: awaited_messages
SELECT * FROM awaited_messages WHERE sent_at > :after;
