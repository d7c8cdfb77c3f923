-- name: store_update
-- Telegram may send an update again; the first copy counts. One that is the first of its line is handled at once if its
-- chat belongs to this process, so its attempt is counted here.
INSERT INTO inbox (update_id, chat_id, person, album_id, payload, received_at, due_at, attempts)
VALUES (:update_id, :chat_id, :person, :album_id, :payload, :now, :now, CASE WHEN /* owned :chat_id */ TRUE
    AND NOT EXISTS (SELECT 1 FROM inbox
        WHERE chat_id = :chat_id AND person = :person AND update_id < :update_id AND done_at IS NULL)
    THEN 1 ELSE 0 END)
ON CONFLICT (update_id) DO NOTHING
RETURNING attempts AS is_first;

-- name: open_updates
-- The earliest open update of every person in every chat, so that each is served in order and none waits for another.
-- `besides` are the ids of updates that only wait for room to answer, with a comma before and after each.
SELECT update_id, chat_id, person, payload, attempts, tries, received_at FROM inbox
WHERE update_id IN (
    SELECT min(update_id) FROM inbox WHERE done_at IS NULL AND :besides NOT LIKE '%,' || update_id || ',%'
        AND /* owned inbox */ TRUE
    GROUP BY chat_id, person) AND due_at <= :now
ORDER BY update_id LIMIT :limit;

-- name: begin_update
-- Counted before the work, so that an update that kills the process isn't tried forever.
UPDATE inbox SET attempts = attempts + 1 WHERE update_id = :update_id AND /* owned inbox */ TRUE
RETURNING update_id;

-- name: finish_update
-- The payload is of no more use. The id recognizes a repetition.
UPDATE inbox SET done_at = :now, trouble = :trouble, payload = '' WHERE update_id = :update_id
RETURNING EXISTS (
    SELECT 1 FROM inbox AS other WHERE other.chat_id = inbox.chat_id AND other.person = inbox.person
        AND other.done_at IS NULL AND other.update_id != inbox.update_id) AS has_next;

-- name: retry_update
-- The attempt came back, so it no longer counts as one that didn't.
UPDATE inbox SET due_at = :due_at, trouble = :trouble, attempts = 0, tries = tries + 1 WHERE update_id = :update_id;
