-- name: ask_question
INSERT INTO questions (chat_id, asked_by, thread_id, reply_to, language, pictures, message_id, asked_at, asking, origin,
    parent_id, parent_position)
VALUES (:chat_id, :asked_by, :thread_id, :reply_to, :language, :pictures, NULL, :now, :asking, :origin,
    :parent_id, :parent_position)
ON CONFLICT (chat_id, asked_by) DO UPDATE SET thread_id = excluded.thread_id, reply_to = excluded.reply_to,
    language = excluded.language, pictures = excluded.pictures, message_id = NULL, asked_at = excluded.asked_at,
    asking = excluded.asking, origin = excluded.origin, parent_id = excluded.parent_id, parent_position = excluded.parent_position;

-- name: pose_question
UPDATE questions SET message_id = :message_id WHERE chat_id = :chat_id AND asked_by = :asked_by;

-- name: open_question
SELECT * FROM questions WHERE chat_id = :chat_id AND asked_by = :asked_by AND asked_at > :asked_after;

-- name: close_question
DELETE FROM questions WHERE chat_id = :chat_id AND asked_by = :asked_by;
