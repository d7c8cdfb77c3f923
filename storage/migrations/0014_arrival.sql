-- When the placeholder was sent: an outcome that comes soon after it takes its place.
ALTER TABLE jobs ADD COLUMN placed_at BIGINT;

-- The message that was sent for the present outcome. From then on it is the placeholder, too.
ALTER TABLE jobs ADD COLUMN arrival_id BIGINT;

-- How often such a message was sent, or may have been sent, without its id being recorded.
ALTER TABLE jobs ADD COLUMN arrival_tries INTEGER NOT NULL DEFAULT 0;

-- The placeholder that this message replaced, until it is removed.
ALTER TABLE jobs ADD COLUMN outdated_id BIGINT;
CREATE INDEX jobs_outdated ON jobs (id) WHERE outdated_id IS NOT NULL;
