-- By what ids a supergroup was known.
CREATE INDEX chats_moved ON chats (moved_to) WHERE moved_to IS NOT NULL;

-- When somebody sent the piece, in milliseconds since 1970.
ALTER TABLE album_parts ADD COLUMN said_at BIGINT NOT NULL DEFAULT 0;
