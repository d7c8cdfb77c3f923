-- Budgets, in whole credits. Every order carries its own money, so a change of its state and of its money is one statement.

-- What a picture cost when it was ordered.
ALTER TABLE jobs ADD COLUMN price INTEGER NOT NULL DEFAULT 0 CHECK (price >= 0);
-- Set aside while it is under way, and at its end what the pictures that came back did cost.
ALTER TABLE jobs ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0 CHECK (
    reserved = 0 OR (reserved > 0 AND state IN ('queued', 'submitting', 'uncertain', 'generating')));
ALTER TABLE jobs ADD COLUMN spent INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0);
-- The part of it that is taken from what was granted to the person and to the chat, not from the day's allowance.
ALTER TABLE jobs ADD COLUMN person_extra INTEGER NOT NULL DEFAULT 0 CHECK (
    person_extra >= 0 AND person_extra <= reserved + spent);
ALTER TABLE jobs ADD COLUMN chat_extra INTEGER NOT NULL DEFAULT 0 CHECK (
    chat_extra >= 0 AND chat_extra <= reserved + spent);
CREATE INDEX jobs_by_day ON jobs (created_at);
CREATE INDEX jobs_by_chat ON jobs (chat_id, created_at);
CREATE INDEX jobs_person_extra ON jobs (asked_by) WHERE person_extra > 0;
CREATE INDEX jobs_chat_extra ON jobs (chat_id) WHERE chat_extra > 0;

-- Credits that last until they are used: for a person (above 0) or a chat (below 0). What orders took that are pruned by
-- now stands here as one row below 0 that nobody granted. The origin makes a command that is handled twice one grant.
CREATE TABLE grants (
    origin     TEXT   NOT NULL PRIMARY KEY,
    scope_id   BIGINT NOT NULL,
    credits    BIGINT NOT NULL,
    granted_by BIGINT,
    granted_at BIGINT NOT NULL
);
CREATE INDEX grants_by_scope ON grants (scope_id);
