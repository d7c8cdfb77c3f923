-- name: see_chat
INSERT INTO chats (chat_id, kind, seen_at) VALUES (:chat_id, :kind, :now)
ON CONFLICT (chat_id) DO UPDATE SET kind = excluded.kind, seen_at = excluded.seen_at, gone_at = NULL;

-- name: chat_gone
UPDATE chats SET gone_at = :now WHERE chat_id = :chat_id;

-- name: cancel_jobs_of_chat
-- No one can see them there. Settled jobs stay paid; a settled part belongs to its order.
UPDATE jobs SET state = 'cancelled', delivered_at = :now, reserved = 0,
    person_extra = CASE WHEN state = 'queued' THEN 0 ELSE person_extra END,
    chat_extra = CASE WHEN state = 'queued' THEN 0 ELSE chat_extra END
WHERE chat_id = :chat_id AND state IN ('queued', 'settled') AND NOT (state = 'settled' AND part_of IS NOT NULL AND late = 0);

-- name: mark_moved
UPDATE chats SET moved_to = :new_id, gone_at = :now WHERE chat_id = :chat_id;

-- name: move_jobs
-- Anonymous admins speak as the group, so the group itself may be the requester.
UPDATE jobs SET chat_id = :new_id, asked_by = CASE WHEN asked_by = :chat_id THEN :new_id ELSE asked_by END
WHERE chat_id = :chat_id;

-- name: lose_placeholders
-- The supergroup numbers its messages anew: messages of the group can neither be edited nor answered there.
UPDATE jobs SET placeholder_id = NULL, arrival_id = NULL, outdated_id = NULL, reply_to = NULL
WHERE chat_id = :chat_id AND state IN ('queued', 'submitting', 'uncertain', 'generating', 'settled');

-- name: move_inbox
UPDATE inbox SET chat_id = :new_id WHERE chat_id = :chat_id AND done_at IS NULL;

-- name: drop_questions
DELETE FROM questions WHERE chat_id = :chat_id;

-- name: forget_messages
-- In the supergroup, the ids stand for other messages.
DELETE FROM shown WHERE chat_id = :chat_id;

-- name: move_drafts
UPDATE drafts SET chat_id = :new_id, reply_to = NULL, message_id = NULL WHERE chat_id = :chat_id;

-- name: move_open_albums
UPDATE albums SET chat_id = :new_id WHERE chat_id = :chat_id AND closed_at IS NULL;

-- name: move_album_parts
-- In the supergroup, the ids stand for other messages. Negated, they only give the order of the parts.
UPDATE album_parts SET chat_id = :new_id, message_id = -message_id WHERE chat_id = :chat_id AND message_id > 0;

-- name: drop_outdated_preferences
-- Preferences of the supergroup win.
DELETE FROM preferences WHERE scope_id = :chat_id
    AND EXISTS (SELECT 1 FROM preferences AS other WHERE other.scope_id = :new_id);

-- name: move_preferences
UPDATE preferences SET scope_id = :new_id WHERE scope_id = :chat_id;

-- name: move_grants
UPDATE grants SET scope_id = :new_id WHERE scope_id = :chat_id;

-- name: move_favorites
-- As `move_jobs` does.
UPDATE favorites SET asked_by = :new_id WHERE asked_by = :chat_id;

-- name: drop_drafts
DELETE FROM drafts WHERE chat_id = :chat_id;
