-- Waits for a yes, as it costs a lot.
ALTER TABLE jobs ADD COLUMN held_at BIGINT;

-- What the admins of groups decided, and which groups were greeted.
CREATE TABLE groups (
    chat_id    BIGINT PRIMARY KEY,
    rules      TEXT   NOT NULL DEFAULT '{}',
    greeted_at BIGINT
);
