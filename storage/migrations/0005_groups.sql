-- Waits for a yes, as it costs a lot.
ALTER TABLE jobs ADD COLUMN held_at BIGINT;
-- Since when it can be painted, which is what its deadline counts from: the order, or the yes to its price.
ALTER TABLE jobs ADD COLUMN ordered_at BIGINT NOT NULL DEFAULT 0;
UPDATE jobs SET ordered_at = created_at;

-- What the admins of groups decided, and which groups were greeted.
CREATE TABLE groups (
    chat_id    BIGINT PRIMARY KEY,
    rules      TEXT   NOT NULL DEFAULT '{}',
    greeted_at BIGINT
);
