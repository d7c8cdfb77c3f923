-- name: add_broadcast
INSERT INTO broadcasts (id, origin, chat_id, language, words, state, created_at)
VALUES (:id, :idempotency_key, :chat_id, :language, :words, 'asked', :now)
ON CONFLICT (origin) DO NOTHING;

-- name: broadcast_by_idempotency_key
SELECT * FROM broadcasts WHERE origin = :idempotency_key;

-- name: broadcast_by_id
SELECT * FROM broadcasts WHERE id = :id;

-- name: last_of_portion
-- The end of the next portion of all chats. The last portion has fewer than `limit`.
SELECT max(chat_id) AS last, count(*) AS chats FROM (
    SELECT chat_id FROM chats WHERE chat_id > :after ORDER BY chat_id LIMIT :limit) AS portion;

-- name: reach
-- The number of recipients in a portion: without banned people, and without groups whose admins switched the bot off.
SELECT count(*) AS chats FROM (
    SELECT chat_id, kind, gone_at FROM chats WHERE chat_id > :after ORDER BY chat_id LIMIT :limit) AS portion
WHERE gone_at IS NULL AND kind IN ('private', 'group', 'supergroup')
    AND NOT EXISTS (SELECT 1 FROM access WHERE access.id = portion.chat_id AND banned_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM groups WHERE groups.chat_id = portion.chat_id AND json_extract(groups.rules, '$.is_on') = 0);

-- name: add_recipients
INSERT INTO recipients (broadcast_id, chat_id)
SELECT :id, chat_id FROM (
    SELECT chat_id, kind, gone_at FROM chats WHERE chat_id > :after ORDER BY chat_id LIMIT :limit) AS portion
WHERE gone_at IS NULL AND kind IN ('private', 'group', 'supergroup')
    AND NOT EXISTS (SELECT 1 FROM access WHERE access.id = portion.chat_id AND banned_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM groups WHERE groups.chat_id = portion.chat_id AND json_extract(groups.rules, '$.is_on') = 0)
ON CONFLICT (broadcast_id, chat_id) DO NOTHING
RETURNING chat_id;

-- name: unfilled_broadcasts
-- The broadcasts whose recipients are still being added.
SELECT id, added_to FROM broadcasts WHERE state = 'running' AND added_at IS NULL ORDER BY created_at;

-- name: recipients_added
UPDATE broadcasts SET added_to = COALESCE(:last, added_to), total = total + :count WHERE id = :id;

-- name: all_recipients_added
UPDATE broadcasts SET added_at = :now WHERE id = :id;

-- name: count_recipients
UPDATE broadcasts SET total = total + :change WHERE id = :id;

-- name: count_fates
UPDATE broadcasts SET sent = sent + :sent, gone = gone + :gone, refused = refused + :refused, unsure = unsure + :unsure
WHERE id = :id;

-- name: pose_broadcast
UPDATE broadcasts SET message_id = :message_id WHERE id = :id;

-- name: start_broadcast
-- Exactly one press gets the row.
UPDATE broadcasts SET state = 'running' WHERE id = :id AND state = 'asked' RETURNING id;

-- name: drop_broadcast
UPDATE broadcasts SET state = 'dropped' WHERE id = :id AND state = 'asked' RETURNING id;

-- name: stop_broadcast
UPDATE broadcasts SET state = 'stopped' WHERE id = :id AND state = 'running' RETURNING id;

-- name: stop_broadcasts
UPDATE broadcasts SET state = 'stopped' WHERE state = 'running' RETURNING id;

-- name: finish_broadcasts
UPDATE broadcasts SET state = 'done' WHERE state = 'running' AND added_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM recipients WHERE broadcast_id = broadcasts.id AND fate IS NULL)
    AND NOT EXISTS (SELECT 1 FROM recipients WHERE broadcast_id = broadcasts.id AND fate = 'tried');

-- name: due_recipients
-- One broadcast after the other. A chat that is new after all recipients were added isn't a recipient.
SELECT recipients.broadcast_id, recipients.chat_id, broadcasts.words
FROM recipients JOIN broadcasts ON broadcasts.id = recipients.broadcast_id
WHERE recipients.fate IS NULL AND /* leading */ TRUE AND recipients.broadcast_id = (
    SELECT id FROM broadcasts AS first WHERE state = 'running'
        AND EXISTS (SELECT 1 FROM recipients AS other WHERE other.broadcast_id = first.id AND other.fate IS NULL)
    ORDER BY first.created_at LIMIT 1)
ORDER BY recipients.chat_id LIMIT :limit;

-- name: claim_recipient
-- The intent to send, before the message is sent. It is noted once, and only while the broadcast runs.
UPDATE recipients SET fate = 'tried'
WHERE broadcast_id = :broadcast_id AND chat_id = :chat_id AND fate IS NULL AND /* leading */ TRUE
    AND EXISTS (SELECT 1 FROM broadcasts WHERE broadcasts.id = :broadcast_id AND state = 'running')
RETURNING chat_id;

-- name: unclaim_recipient
UPDATE recipients SET fate = NULL WHERE broadcast_id = :broadcast_id AND chat_id = :chat_id AND fate = 'tried';

-- name: note_fate
UPDATE recipients SET fate = :fate WHERE broadcast_id = :broadcast_id AND chat_id = :chat_id AND fate = 'tried'
RETURNING chat_id;

-- name: forget_recipient
DELETE FROM recipients WHERE broadcast_id = :broadcast_id AND chat_id = :chat_id RETURNING chat_id;

-- name: add_recipient
INSERT INTO recipients (broadcast_id, chat_id) VALUES (:broadcast_id, :chat_id)
ON CONFLICT (broadcast_id, chat_id) DO NOTHING
RETURNING chat_id;

-- name: abandon_recipients
-- The process ended while it sent.
UPDATE recipients SET fate = 'unsure' WHERE fate = 'tried' RETURNING broadcast_id;

-- name: untold_broadcasts
SELECT * FROM broadcasts WHERE told_at IS NULL AND state != 'asked' ORDER BY created_at;

-- name: latest_broadcasts
SELECT * FROM broadcasts ORDER BY created_at DESC LIMIT :limit;

-- name: tried_of
-- A few at most: the messages on their way.
SELECT count(*) AS chats FROM recipients WHERE broadcast_id = :id AND fate = 'tried';

-- name: broadcast_told
UPDATE broadcasts SET told_at = :now WHERE id = :id AND state IN ('stopped', 'done', 'dropped');
