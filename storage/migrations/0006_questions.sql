-- Each question waits on its own, so that a newer one, or another order, does not take an answer from it. Only the one
-- that was asked last, and not passed over since, is what words that reply to nothing are about.
CREATE TABLE asked_questions (
    chat_id         BIGINT NOT NULL,
    asked_by        BIGINT NOT NULL,
    origin          TEXT   NOT NULL,
    thread_id       BIGINT,
    reply_to        BIGINT,
    language        TEXT   NOT NULL,
    pictures        TEXT   NOT NULL,
    message_id      BIGINT,
    asked_at        BIGINT NOT NULL,
    asking          TEXT   NOT NULL,
    parent_id       TEXT,
    parent_position INTEGER,
    passed_over     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, asked_by, origin)
);
INSERT INTO asked_questions (chat_id, asked_by, origin, thread_id, reply_to, language, pictures, message_id, asked_at, asking,
    parent_id, parent_position)
SELECT chat_id, asked_by, origin, thread_id, reply_to, language, pictures, message_id, asked_at, asking, parent_id,
    parent_position FROM questions;
DROP TABLE questions;
ALTER TABLE asked_questions RENAME TO questions;
CREATE INDEX questions_by_message ON questions (chat_id, message_id);
