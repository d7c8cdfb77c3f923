-- Within a chat everybody has a line of their own: what one says holds up nobody else. A press waits in the line of
-- whoever pressed, in the chat where the button stands.
ALTER TABLE inbox ADD COLUMN person BIGINT NOT NULL DEFAULT 0;
-- The album that a message is a piece of: it is not complete while a piece of it waits here.
ALTER TABLE inbox ADD COLUMN album_id TEXT;
DROP INDEX inbox_open;
CREATE INDEX inbox_open ON inbox (chat_id, person, update_id) WHERE done_at IS NULL;
