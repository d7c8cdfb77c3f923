-- The whole schema for PostgreSQL, as migrations 1 to 20 leave it in SQLite, except for the types and for `shard`.
-- Texts are compared by their bytes, as in SQLite, whatever the collation of the database is.
-- `shard` says which process serves the chat; see core/models/shards.py.

CREATE TABLE chats (
    chat_id  BIGINT PRIMARY KEY,
    kind     TEXT COLLATE "C" NOT NULL,
    seen_at  BIGINT NOT NULL,
    gone_at  BIGINT,
    moved_to BIGINT
);

CREATE TABLE inbox (
    update_id   BIGINT PRIMARY KEY,
    chat_id     BIGINT NOT NULL,
    payload     TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    done_at     BIGINT,
    trouble     TEXT COLLATE "C",
    person      BIGINT NOT NULL DEFAULT 0,
    album_id    TEXT COLLATE "C",
    tries       BIGINT NOT NULL DEFAULT 0,
    shard       BIGINT NOT NULL GENERATED ALWAYS AS ((chat_id # (chat_id >> 6) # (chat_id >> 12) # (chat_id >> 18)
        # (chat_id >> 24) # (chat_id >> 30)) & 63) STORED
);

CREATE TABLE jobs (
    id               TEXT COLLATE "C" PRIMARY KEY,
    origin           TEXT COLLATE "C" NOT NULL UNIQUE,
    chat_id          BIGINT NOT NULL REFERENCES chats (chat_id),
    thread_id        BIGINT,
    reply_to         BIGINT,
    language         TEXT COLLATE "C" NOT NULL,
    asked_by         BIGINT NOT NULL,
    request          TEXT COLLATE "C" NOT NULL,
    state            TEXT COLLATE "C" NOT NULL CHECK (state IN (
        'queued', 'submitting', 'uncertain', 'generating', 'settled', 'delivered', 'cancelled')),
    created_at       BIGINT NOT NULL,
    due_at           BIGINT NOT NULL,
    attempts         BIGINT NOT NULL DEFAULT 0,
    submitted_at     BIGINT,
    task_id          TEXT COLLATE "C",
    progress         DOUBLE PRECISION NOT NULL DEFAULT 0,
    answered_at      BIGINT,
    placeholder_id   BIGINT,
    album_tries      BIGINT NOT NULL DEFAULT 0,
    callback_at      BIGINT,
    callback_failure TEXT COLLATE "C",
    told_at          BIGINT,
    failure          TEXT COLLATE "C",
    result_urls      TEXT COLLATE "C",
    settled_at       BIGINT,
    delivered_at     BIGINT,
    parent_id        TEXT COLLATE "C",
    parent_position  BIGINT,
    cause            TEXT COLLATE "C",
    muted_at         BIGINT,
    stopped_by       TEXT COLLATE "C",
    price            BIGINT NOT NULL DEFAULT 0 CHECK (price >= 0),
    reserved         BIGINT NOT NULL DEFAULT 0 CHECK (
        reserved = 0 OR (reserved > 0 AND state IN ('queued', 'submitting', 'uncertain', 'generating'))),
    spent            BIGINT NOT NULL DEFAULT 0 CHECK (spent >= 0),
    person_extra     BIGINT NOT NULL DEFAULT 0 CHECK (
        person_extra >= 0 AND person_extra <= reserved + spent),
    chat_extra       BIGINT NOT NULL DEFAULT 0 CHECK (
        chat_extra >= 0 AND chat_extra <= reserved + spent),
    held_at          BIGINT,
    ordered_at       BIGINT NOT NULL DEFAULT 0,
    generating_at    BIGINT,
    overdue_at       BIGINT,
    overdue_told_at  BIGINT,
    linkless_at      BIGINT,
    hindrance        TEXT COLLATE "C",
    placed_at        BIGINT,
    arrival_id       BIGINT,
    arrival_tries    BIGINT NOT NULL DEFAULT 0,
    outdated_id      BIGINT,
    wanted           BIGINT,
    part_of          TEXT COLLATE "C",
    part             BIGINT,
    parts            BIGINT NOT NULL DEFAULT 0,
    late             BIGINT NOT NULL DEFAULT 0,
    consumed         BIGINT,
    account          TEXT COLLATE "C",
    shard            BIGINT NOT NULL GENERATED ALWAYS AS ((chat_id # (chat_id >> 6) # (chat_id >> 12) # (chat_id >> 18)
        # (chat_id >> 24) # (chat_id >> 30)) & 63) STORED,
    CHECK (state != 'generating' OR task_id IS NOT NULL),
    CHECK (state NOT IN ('settled', 'delivered') OR failure IS NOT NULL OR result_urls IS NOT NULL)
);

CREATE TABLE pictures (
    job_id     TEXT COLLATE "C" NOT NULL REFERENCES jobs (id),
    position   BIGINT NOT NULL,
    sha256     TEXT COLLATE "C" NOT NULL,
    format     TEXT COLLATE "C" NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    message_id BIGINT,
    file_id    TEXT COLLATE "C",
    unique_id  TEXT COLLATE "C",
    deleted_at BIGINT,
    PRIMARY KEY (job_id, position)
);

CREATE TABLE uploads (
    unique_id   TEXT COLLATE "C" PRIMARY KEY,
    url         TEXT COLLATE "C" NOT NULL,
    width       BIGINT NOT NULL,
    height      BIGINT NOT NULL,
    uploaded_at BIGINT NOT NULL
);

CREATE TABLE albums (
    chat_id   BIGINT NOT NULL,
    album_id  TEXT COLLATE "C" NOT NULL,
    latest_at BIGINT NOT NULL,
    closed_at BIGINT,
    tries     BIGINT NOT NULL DEFAULT 0,
    shard     BIGINT NOT NULL GENERATED ALWAYS AS ((chat_id # (chat_id >> 6) # (chat_id >> 12) # (chat_id >> 18)
        # (chat_id >> 24) # (chat_id >> 30)) & 63) STORED,
    PRIMARY KEY (chat_id, album_id)
);

CREATE TABLE album_parts (
    chat_id    BIGINT NOT NULL,
    album_id   TEXT COLLATE "C" NOT NULL,
    message_id BIGINT NOT NULL,
    thread_id  BIGINT,
    language   TEXT COLLATE "C" NOT NULL,
    chat_kind  TEXT COLLATE "C" NOT NULL,
    asked_by   BIGINT NOT NULL,
    source     TEXT COLLATE "C",
    caption    TEXT COLLATE "C" NOT NULL,
    said_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, message_id)
);

CREATE TABLE kept (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE shown (
    chat_id    BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    job_id     TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (chat_id, message_id),
    FOREIGN KEY (job_id, position) REFERENCES pictures (job_id, position)
);

CREATE TABLE drafts (
    id              TEXT COLLATE "C" PRIMARY KEY,
    chat_id         BIGINT NOT NULL,
    thread_id       BIGINT,
    reply_to        BIGINT,
    language        TEXT COLLATE "C" NOT NULL,
    asked_by        BIGINT NOT NULL,
    base            TEXT COLLATE "C" NOT NULL,
    mask            TEXT COLLATE "C",
    words           TEXT COLLATE "C" NOT NULL,
    parent_id       TEXT COLLATE "C",
    parent_position BIGINT,
    message_id      BIGINT,
    created_at      BIGINT NOT NULL
);

CREATE TABLE preferences (
    scope_id BIGINT PRIMARY KEY,
    wishes   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE grants (
    origin     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    scope_id   BIGINT NOT NULL,
    credits    BIGINT NOT NULL,
    granted_by BIGINT,
    granted_at BIGINT NOT NULL
);

CREATE TABLE access (
    id         BIGINT PRIMARY KEY,
    allowed_at BIGINT,
    invited_at BIGINT,
    banned_at  BIGINT
);

CREATE TABLE invites (
    code       TEXT COLLATE "C" PRIMARY KEY,
    origin     TEXT COLLATE "C" NOT NULL UNIQUE,
    credits    BIGINT NOT NULL CHECK (credits >= 0),
    uses       BIGINT NOT NULL CHECK (uses > 0),
    expires_at BIGINT NOT NULL,
    made_by    BIGINT NOT NULL,
    made_at    BIGINT NOT NULL
);

CREATE TABLE redemptions (
    code        TEXT COLLATE "C" NOT NULL REFERENCES invites (code),
    person      BIGINT NOT NULL,
    origin      TEXT COLLATE "C" NOT NULL,
    redeemed_at BIGINT NOT NULL,
    PRIMARY KEY (code, person)
);

CREATE TABLE broadcasts (
    id         TEXT COLLATE "C" PRIMARY KEY,
    origin     TEXT COLLATE "C" NOT NULL UNIQUE,
    chat_id    BIGINT NOT NULL,
    language   TEXT COLLATE "C" NOT NULL,
    words      TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('asked', 'running', 'stopped', 'done', 'dropped')),
    message_id BIGINT,
    created_at BIGINT NOT NULL,
    told_at    BIGINT,
    added_to   BIGINT,
    added_at   BIGINT,
    total      BIGINT NOT NULL DEFAULT 0,
    sent       BIGINT NOT NULL DEFAULT 0,
    gone       BIGINT NOT NULL DEFAULT 0,
    refused    BIGINT NOT NULL DEFAULT 0,
    unsure     BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE recipients (
    broadcast_id TEXT COLLATE "C" NOT NULL REFERENCES broadcasts (id),
    chat_id      BIGINT NOT NULL,
    fate         TEXT COLLATE "C" CHECK (fate IN ('tried', 'sent', 'gone', 'refused', 'unsure')),
    shard        BIGINT NOT NULL GENERATED ALWAYS AS ((chat_id # (chat_id >> 6) # (chat_id >> 12) # (chat_id >> 18)
        # (chat_id >> 24) # (chat_id >> 30)) & 63) STORED,
    PRIMARY KEY (broadcast_id, chat_id)
);

CREATE TABLE groups (
    chat_id    BIGINT PRIMARY KEY,
    rules      TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    greeted_at BIGINT
);

CREATE TABLE questions (
    chat_id         BIGINT NOT NULL,
    asked_by        BIGINT NOT NULL,
    origin          TEXT COLLATE "C" NOT NULL,
    thread_id       BIGINT,
    reply_to        BIGINT,
    language        TEXT COLLATE "C" NOT NULL,
    pictures        TEXT COLLATE "C" NOT NULL,
    message_id      BIGINT,
    asked_at        BIGINT NOT NULL,
    asking          TEXT COLLATE "C" NOT NULL,
    parent_id       TEXT COLLATE "C",
    parent_position BIGINT,
    passed_over     BIGINT NOT NULL DEFAULT 0,
    words           TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (chat_id, asked_by, origin)
);

CREATE TABLE openings (
    sha256    TEXT COLLATE "C" PRIMARY KEY,
    opened_at BIGINT,
    noted_at  BIGINT NOT NULL,
    deaths    BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE awaited_messages (
    chat_id    BIGINT PRIMARY KEY,
    message_id BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL
);

CREATE TABLE favorites (
    job_id     TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    asked_by   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (job_id, position)
);

CREATE TABLE names (
    id       BIGINT PRIMARY KEY,
    username TEXT COLLATE "C",
    title    TEXT COLLATE "C",
    language TEXT COLLATE "C" NOT NULL,
    seen_at  BIGINT NOT NULL
);

CREATE INDEX albums_open ON albums (latest_at) WHERE closed_at IS NULL;
CREATE INDEX jobs_by_stop ON jobs (stopped_by) WHERE stopped_by IS NOT NULL;
CREATE INDEX jobs_by_cause ON jobs (cause, asked_by) WHERE cause IS NOT NULL;
CREATE INDEX jobs_by_person ON jobs (asked_by, created_at);
CREATE INDEX jobs_by_placeholder ON jobs (chat_id, placeholder_id);
CREATE INDEX shown_of_picture ON shown (job_id, position);
CREATE INDEX jobs_by_chat ON jobs (chat_id, created_at);
CREATE INDEX grants_by_scope ON grants (scope_id);
CREATE INDEX broadcasts_untold ON broadcasts (created_at) WHERE told_at IS NULL;
CREATE INDEX recipients_open ON recipients (broadcast_id, chat_id) WHERE fate IS NULL;
CREATE INDEX questions_by_message ON questions (chat_id, message_id);
CREATE INDEX chats_moved ON chats (moved_to) WHERE moved_to IS NOT NULL;
CREATE INDEX jobs_due ON jobs (state, due_at);
CREATE INDEX jobs_of_person ON jobs (asked_by, state);
CREATE INDEX jobs_of_chat ON jobs (chat_id, state);
CREATE INDEX jobs_called ON jobs (callback_at) WHERE state = 'generating' AND callback_at IS NOT NULL;
CREATE INDEX jobs_person_extra ON jobs (asked_by, created_at, person_extra) WHERE person_extra > 0;
CREATE INDEX jobs_chat_extra ON jobs (chat_id, created_at, chat_extra) WHERE chat_extra > 0;
CREATE INDEX jobs_ended ON jobs (delivered_at, id) WHERE delivered_at IS NOT NULL;
CREATE INDEX jobs_open ON jobs (id) WHERE delivered_at IS NULL;
CREATE INDEX inbox_done ON inbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX pictures_named ON pictures (sha256) WHERE deleted_at IS NULL;
CREATE INDEX uploads_by_age ON uploads (uploaded_at);
CREATE INDEX questions_by_age ON questions (asked_at);
CREATE INDEX albums_closed ON albums (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX drafts_by_message ON drafts (chat_id, message_id);
CREATE INDEX recipients_tried ON recipients (broadcast_id, chat_id) WHERE fate = 'tried';
CREATE INDEX inbox_open ON inbox (chat_id, person, update_id) WHERE done_at IS NULL;
CREATE INDEX drafts_of_person ON drafts (asked_by, created_at);
CREATE INDEX jobs_outdated ON jobs (id) WHERE outdated_id IS NOT NULL;
CREATE INDEX awaited_by_age ON awaited_messages (sent_at);
CREATE INDEX favorites_by_person ON favorites (asked_by, created_at);
CREATE INDEX names_by_username ON names (username) WHERE username IS NOT NULL;
CREATE INDEX names_by_age ON names (seen_at);
CREATE INDEX jobs_parts ON jobs (part_of, part) WHERE part_of IS NOT NULL;
CREATE INDEX jobs_gathering ON jobs (due_at) WHERE state = 'generating' AND parts > 0;
CREATE INDEX jobs_by_task ON jobs (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX jobs_by_day ON jobs (created_at, chat_id, asked_by, failure, spent, reserved, part_of);
CREATE INDEX jobs_generating ON jobs (state, generating_at, overdue_at) WHERE state = 'generating';
CREATE INDEX jobs_overdue_untold ON jobs (state, overdue_at) WHERE overdue_at IS NOT NULL AND overdue_told_at IS NULL;
