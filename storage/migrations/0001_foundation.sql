-- All times are epoch milliseconds. Only what SQLite and PostgreSQL share is used.

-- Where the bot is. A chat that is gone gets no more messages until one comes from it.
CREATE TABLE chats (
    chat_id  BIGINT PRIMARY KEY,
    kind     TEXT   NOT NULL,
    seen_at  BIGINT NOT NULL,
    gone_at  BIGINT,
    moved_to BIGINT
);

-- Every update, stored before Telegram is told that we have it, and marked done after it was handled.
CREATE TABLE inbox (
    update_id   BIGINT  PRIMARY KEY,
    chat_id     BIGINT  NOT NULL,
    payload     TEXT    NOT NULL,
    received_at BIGINT  NOT NULL,
    due_at      BIGINT  NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    done_at     BIGINT,
    trouble     TEXT
);
CREATE INDEX inbox_open ON inbox (chat_id, update_id) WHERE done_at IS NULL;

-- One row an order. The states are explained in core/models/job.py.
CREATE TABLE jobs (
    id               TEXT    PRIMARY KEY,
    origin           TEXT    NOT NULL UNIQUE,
    chat_id          BIGINT  NOT NULL REFERENCES chats (chat_id),
    thread_id        BIGINT,
    reply_to         BIGINT,
    language         TEXT    NOT NULL,
    asked_by         BIGINT  NOT NULL,
    request          TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN (
        'queued', 'submitting', 'uncertain', 'generating', 'settled', 'delivered', 'cancelled')),
    created_at       BIGINT  NOT NULL,
    due_at           BIGINT  NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    submitted_at     BIGINT,
    task_id          TEXT,
    progress         REAL    NOT NULL DEFAULT 0,
    answered_at      BIGINT,
    placeholder_id   BIGINT,
    album_tries      INTEGER NOT NULL DEFAULT 0,
    callback_at      BIGINT,
    callback_failure TEXT,
    told_at          BIGINT,
    failure          TEXT,
    result_urls      TEXT,
    settled_at       BIGINT,
    delivered_at     BIGINT,
    CHECK (state != 'generating' OR task_id IS NOT NULL),
    CHECK (state NOT IN ('settled', 'delivered') OR failure IS NOT NULL OR result_urls IS NOT NULL)
);
CREATE INDEX jobs_due ON jobs (state, due_at) WHERE state IN (
    'queued', 'submitting', 'uncertain', 'generating', 'settled');

-- Results whose bytes are ours, and the message that shows each.
CREATE TABLE pictures (
    job_id     TEXT    NOT NULL REFERENCES jobs (id),
    position   INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    format     TEXT    NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    size       BIGINT  NOT NULL,
    message_id BIGINT,
    file_id    TEXT,
    unique_id  TEXT,
    PRIMARY KEY (job_id, position)
);

-- Pictures of people that the image service can already fetch, by Telegram's lasting name for the content.
CREATE TABLE uploads (
    unique_id   TEXT    PRIMARY KEY,
    url         TEXT    NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    uploaded_at BIGINT  NOT NULL
);

-- Pictures that wait for words: at most one question a person and chat.
CREATE TABLE questions (
    chat_id    BIGINT NOT NULL,
    asked_by   BIGINT NOT NULL,
    thread_id  BIGINT,
    reply_to   BIGINT,
    language   TEXT   NOT NULL,
    pictures   TEXT   NOT NULL,
    message_id BIGINT,
    asked_at   BIGINT NOT NULL,
    PRIMARY KEY (chat_id, asked_by)
);

-- An album is as many updates as it has pictures; it stays open until no more came for a moment.
CREATE TABLE albums (
    chat_id   BIGINT NOT NULL,
    album_id  TEXT   NOT NULL,
    latest_at BIGINT NOT NULL,
    closed_at BIGINT,
    PRIMARY KEY (chat_id, album_id)
);
CREATE INDEX albums_open ON albums (latest_at) WHERE closed_at IS NULL;

CREATE TABLE album_parts (
    chat_id    BIGINT NOT NULL,
    album_id   TEXT   NOT NULL,
    message_id BIGINT NOT NULL,
    thread_id  BIGINT,
    language   TEXT   NOT NULL,
    chat_kind  TEXT   NOT NULL,
    asked_by   BIGINT NOT NULL,
    source     TEXT,
    caption    TEXT   NOT NULL,
    PRIMARY KEY (chat_id, message_id)
);

-- What the bot made for itself and must find again: the webhook's secret, the key of the callback addresses.
CREATE TABLE kept (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
