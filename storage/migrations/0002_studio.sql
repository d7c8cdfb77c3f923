-- The editing studio: which picture an order goes on from, where each result is shown, masks, and what people prefer.

ALTER TABLE jobs ADD COLUMN parent_id TEXT;
ALTER TABLE jobs ADD COLUMN parent_position INTEGER;
-- The button that was pressed for it.
ALTER TABLE jobs ADD COLUMN cause TEXT;
-- Called off when the service had it already: the result is kept, but not shown.
ALTER TABLE jobs ADD COLUMN muted_at BIGINT;
-- The command or press that called it off: handled twice, it must not go on to another order.
ALTER TABLE jobs ADD COLUMN stopped_by TEXT;
CREATE INDEX jobs_by_stop ON jobs (stopped_by) WHERE stopped_by IS NOT NULL;
CREATE INDEX jobs_by_cause ON jobs (cause, asked_by) WHERE cause IS NOT NULL;
CREATE INDEX jobs_by_person ON jobs (asked_by, created_at);
CREATE INDEX jobs_by_placeholder ON jobs (chat_id, placeholder_id);

ALTER TABLE pictures ADD COLUMN deleted_at BIGINT;

-- Every message that shows a result, the re-sent ones too: a reply to any of them goes on from that very picture.
CREATE TABLE shown (
    chat_id    BIGINT  NOT NULL,
    message_id BIGINT  NOT NULL,
    job_id     TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (chat_id, message_id),
    FOREIGN KEY (job_id, position) REFERENCES pictures (job_id, position)
);
CREATE INDEX shown_of_picture ON shown (job_id, position);

INSERT INTO shown (chat_id, message_id, job_id, position)
SELECT jobs.chat_id, pictures.message_id, pictures.job_id, pictures.position
FROM pictures JOIN jobs ON jobs.id = pictures.job_id WHERE pictures.message_id IS NOT NULL;

-- How often it could not be dealt with.
ALTER TABLE albums ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;

-- The message or press that made the bot ask.
ALTER TABLE questions ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN asking TEXT NOT NULL DEFAULT 'edit';
ALTER TABLE questions ADD COLUMN parent_id TEXT;
ALTER TABLE questions ADD COLUMN parent_position INTEGER;

-- Changes of a part of a picture that are being put together; pictures of ours as JSON.
CREATE TABLE drafts (
    id              TEXT   PRIMARY KEY,
    chat_id         BIGINT NOT NULL,
    thread_id       BIGINT,
    reply_to        BIGINT,
    language        TEXT   NOT NULL,
    asked_by        BIGINT NOT NULL,
    base            TEXT   NOT NULL,
    mask            TEXT,
    words           TEXT   NOT NULL,
    parent_id       TEXT,
    parent_position INTEGER,
    message_id      BIGINT,
    created_at      BIGINT NOT NULL
);

-- What a person, or the admins of a chat, want where a command names nothing.
CREATE TABLE preferences (
    scope_id BIGINT PRIMARY KEY,
    wishes   TEXT   NOT NULL
);
