-- name: touch_album
-- A new part keeps its album open for another moment. A closed album returns no row.
INSERT INTO albums (chat_id, album_id, latest_at) VALUES (:chat_id, :album_id, :now)
ON CONFLICT (chat_id, album_id) DO UPDATE SET latest_at = excluded.latest_at WHERE albums.closed_at IS NULL
RETURNING album_id;

-- name: add_album_part
INSERT INTO album_parts (chat_id, album_id, message_id, thread_id, language, chat_kind, asked_by, source, caption,
    said_at)
VALUES (:chat_id, :album_id, :message_id, :thread_id, :language, :chat_kind, :requester_id, :source, :caption, :said_at)
ON CONFLICT (chat_id, message_id) DO NOTHING;

-- name: album_has_part
SELECT 1 AS known FROM album_parts WHERE chat_id = :chat_id AND message_id = :message_id;

-- name: complete_album_parts
-- The parts of every album that has been quiet long enough, in the order in which they were sent. Parts that moved with
-- their group have ids below 0, and no message to reply to. An album waits while a part of it is still in the inbox, as
-- after a start.
SELECT part.*, CASE WHEN part.message_id > 0 THEN part.message_id END AS reply_to FROM album_parts AS part
JOIN albums AS album ON album.chat_id = part.chat_id AND album.album_id = part.album_id
WHERE album.closed_at IS NULL AND album.latest_at <= :quiet_since AND /* owned album */ TRUE
    AND NOT EXISTS (SELECT 1 FROM inbox
        WHERE inbox.chat_id = album.chat_id AND inbox.album_id = album.album_id AND inbox.done_at IS NULL)
ORDER BY part.chat_id, part.album_id, abs(part.message_id);

-- name: retry_album
UPDATE albums SET latest_at = CASE WHEN tries < 12 THEN :soon ELSE :later END, tries = tries + 1 WHERE chat_id = :chat_id AND album_id = :album_id
RETURNING tries;

-- name: close_album
UPDATE albums SET closed_at = :now WHERE chat_id = :chat_id AND album_id = :album_id;

-- name: drop_album_parts
-- A closed album keeps its row, which recognizes a late part, but not its parts.
DELETE FROM album_parts WHERE chat_id = :chat_id AND album_id = :album_id
RETURNING *, CASE WHEN message_id > 0 THEN message_id END AS reply_to;
