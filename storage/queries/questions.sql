-- name: ask_question
INSERT INTO questions (chat_id, asked_by, origin, thread_id, reply_to, language, pictures, asked_at, asking, parent_id,
    parent_position, words)
VALUES (:chat_id, :requester_id, :idempotency_key, :thread_id, :reply_to, :language, :pictures, :now, :asking, :parent_id,
    :parent_position, :words)
ON CONFLICT (chat_id, asked_by, origin) DO UPDATE SET message_id = NULL, asked_at = excluded.asked_at, passed_over = 0;

-- name: pose_question
UPDATE questions SET message_id = :message_id WHERE chat_id = :chat_id AND asked_by = :requester_id AND origin = :idempotency_key;

-- name: open_question
SELECT * FROM questions
WHERE chat_id = :chat_id AND asked_by = :requester_id AND asked_at > :asked_after AND passed_over = 0;

-- name: question_of_message
SELECT * FROM questions WHERE chat_id = :chat_id AND message_id = :message_id;

-- name: pass_over_questions
UPDATE questions SET passed_over = 1
WHERE chat_id = :chat_id AND asked_by = :requester_id AND passed_over = 0 AND asked_at <= :until;

-- name: drop_question
DELETE FROM questions WHERE chat_id = :chat_id AND asked_by = :requester_id AND origin = :idempotency_key;
