-- What is asked all the time reads what is under way, however much ended before.

-- Partial before: unusable for `state = 'queued'`, as SQLite wants to find an index's own condition in the statement.
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (state, due_at);
CREATE INDEX jobs_of_person ON jobs (asked_by, state);
CREATE INDEX jobs_of_chat ON jobs (chat_id, state);
-- Callbacks are few, and what they are about is asked first.
CREATE INDEX jobs_called ON jobs (callback_at) WHERE state = 'generating' AND callback_at IS NOT NULL;
-- With all that is added up by day.
DROP INDEX jobs_by_day;
CREATE INDEX jobs_by_day ON jobs (created_at, chat_id, asked_by, failure, spent, reserved);

DROP INDEX jobs_person_extra;
CREATE INDEX jobs_person_extra ON jobs (asked_by, created_at, person_extra) WHERE person_extra > 0;
DROP INDEX jobs_chat_extra;
CREATE INDEX jobs_chat_extra ON jobs (chat_id, created_at, chat_extra) WHERE chat_extra > 0;

-- For housekeeping, which takes the oldest first, and for what of the files is still named.
CREATE INDEX jobs_ended ON jobs (delivered_at, id) WHERE delivered_at IS NOT NULL;
CREATE INDEX jobs_open ON jobs (id) WHERE delivered_at IS NULL;
CREATE INDEX inbox_done ON inbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX pictures_named ON pictures (sha256) WHERE deleted_at IS NULL;
CREATE INDEX uploads_by_age ON uploads (uploaded_at);
CREATE INDEX questions_by_age ON questions (asked_at);
CREATE INDEX albums_closed ON albums (closed_at) WHERE closed_at IS NOT NULL;

CREATE INDEX drafts_by_message ON drafts (chat_id, message_id);

-- Whom a running broadcast is being sent to.
CREATE INDEX recipients_tried ON recipients (broadcast_id, chat_id) WHERE fate = 'tried';

-- Up to which chat recipients were added, and when all had been.
ALTER TABLE broadcasts ADD COLUMN added_to BIGINT;
ALTER TABLE broadcasts ADD COLUMN added_at BIGINT;
-- How many there are and what became of them, counted whenever one changes.
ALTER TABLE broadcasts ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE broadcasts ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE broadcasts ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE broadcasts ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE broadcasts ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0;
UPDATE broadcasts SET added_at = created_at,
    total = (SELECT count(*) FROM recipients WHERE broadcast_id = broadcasts.id),
    sent = (SELECT count(*) FROM recipients WHERE broadcast_id = broadcasts.id AND fate = 'sent'),
    gone = (SELECT count(*) FROM recipients WHERE broadcast_id = broadcasts.id AND fate = 'gone'),
    refused = (SELECT count(*) FROM recipients WHERE broadcast_id = broadcasts.id AND fate = 'refused'),
    unsure = (SELECT count(*) FROM recipients WHERE broadcast_id = broadcasts.id AND fate = 'unsure')
WHERE state != 'asked';
