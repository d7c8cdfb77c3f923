-- name: add_draft
INSERT INTO drafts (id, chat_id, thread_id, reply_to, language, asked_by, base, words,
    parent_id, parent_position, created_at)
VALUES (:id, :chat_id, :thread_id, :reply_to, :language, :requester_id, :base, :words,
    :parent_id, :parent_position, :now);

-- name: draft_by_id
SELECT * FROM drafts WHERE id = :id AND created_at > :made_after;

-- name: drafts_of_person
SELECT * FROM drafts WHERE asked_by = :requester_id ORDER BY created_at DESC, id;

-- name: draft_by_message
SELECT * FROM drafts WHERE chat_id = :chat_id AND message_id = :message_id;

-- name: mask_draft
UPDATE drafts SET mask = :mask, words = :words WHERE id = :id;

-- name: preview_draft
UPDATE drafts SET message_id = :message_id WHERE id = :id;

-- name: drop_draft
DELETE FROM drafts WHERE id = :id;
