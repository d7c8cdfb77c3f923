BEGIN TRANSACTION;
CREATE TABLE access (
    id         BIGINT PRIMARY KEY,
    allowed_at BIGINT,
    invited_at BIGINT,
    banned_at  BIGINT
);
CREATE TABLE album_parts (
    chat_id    BIGINT NOT NULL,
    album_id   TEXT   NOT NULL,
    message_id BIGINT NOT NULL,
    thread_id  BIGINT,
    language   TEXT   NOT NULL,
    chat_kind  TEXT   NOT NULL,
    asked_by   BIGINT NOT NULL,
    source     TEXT,
    caption    TEXT   NOT NULL, said_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, message_id)
);
CREATE TABLE albums (
    chat_id   BIGINT NOT NULL,
    album_id  TEXT   NOT NULL,
    latest_at BIGINT NOT NULL,
    closed_at BIGINT, tries INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, album_id)
);
CREATE TABLE broadcasts (
    id         TEXT   PRIMARY KEY,
    origin     TEXT   NOT NULL UNIQUE,
    chat_id    BIGINT NOT NULL,
    language   TEXT   NOT NULL,
    words      TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('asked', 'running', 'stopped', 'done', 'dropped')),
    message_id BIGINT,
    created_at BIGINT NOT NULL,
    told_at    BIGINT
, added_to BIGINT, added_at BIGINT, total INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, unsure INTEGER NOT NULL DEFAULT 0);
CREATE TABLE chats (
    chat_id  BIGINT PRIMARY KEY,
    kind     TEXT   NOT NULL,
    seen_at  BIGINT NOT NULL,
    gone_at  BIGINT,
    moved_to BIGINT
);
INSERT INTO "chats" VALUES(1001,'private',1795738035570,NULL,NULL);
INSERT INTO "chats" VALUES(2001,'private',1795738037226,NULL,NULL);
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
CREATE TABLE grants (
    origin     TEXT   NOT NULL PRIMARY KEY,
    scope_id   BIGINT NOT NULL,
    credits    BIGINT NOT NULL,
    granted_by BIGINT,
    granted_at BIGINT NOT NULL
);
CREATE TABLE groups (
    chat_id    BIGINT PRIMARY KEY,
    rules      TEXT   NOT NULL DEFAULT '{}',
    greeted_at BIGINT
);
CREATE TABLE inbox (
    update_id   BIGINT  PRIMARY KEY,
    chat_id     BIGINT  NOT NULL,
    payload     TEXT    NOT NULL,
    received_at BIGINT  NOT NULL,
    due_at      BIGINT  NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    done_at     BIGINT,
    trouble     TEXT
, person BIGINT NOT NULL DEFAULT 0, album_id TEXT, tries INTEGER NOT NULL DEFAULT 0);
INSERT INTO "inbox" VALUES(600000001,1001,'',1795738035551,1795738035551,1,1795738035620,NULL,1001,NULL,0);
INSERT INTO "inbox" VALUES(600000002,1001,'',1795738036172,1795738036172,1,1795738036223,NULL,1001,NULL,0);
INSERT INTO "inbox" VALUES(600000003,1001,'',1795738036221,1795738036221,1,1795738036236,NULL,1001,NULL,0);
INSERT INTO "inbox" VALUES(600000004,2001,'',1795738037222,1795738037222,1,1795738037243,NULL,2001,NULL,0);
CREATE TABLE invites (
    code       TEXT    PRIMARY KEY,
    origin     TEXT    NOT NULL UNIQUE,
    credits    BIGINT  NOT NULL CHECK (credits >= 0),
    uses       INTEGER NOT NULL CHECK (uses > 0),
    expires_at BIGINT  NOT NULL,
    made_by    BIGINT  NOT NULL,
    made_at    BIGINT  NOT NULL
);
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
    delivered_at     BIGINT, parent_id TEXT, parent_position INTEGER, cause TEXT, muted_at BIGINT, stopped_by TEXT, price INTEGER NOT NULL DEFAULT 0 CHECK (price >= 0), reserved INTEGER NOT NULL DEFAULT 0 CHECK (
    reserved = 0 OR (reserved > 0 AND state IN ('queued', 'submitting', 'uncertain', 'generating'))), spent INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0), person_extra INTEGER NOT NULL DEFAULT 0 CHECK (
    person_extra >= 0 AND person_extra <= reserved + spent), chat_extra INTEGER NOT NULL DEFAULT 0 CHECK (
    chat_extra >= 0 AND chat_extra <= reserved + spent), held_at BIGINT, ordered_at BIGINT NOT NULL DEFAULT 0, generating_at BIGINT, overdue_at BIGINT, overdue_told_at BIGINT, linkless_at BIGINT, hindrance TEXT,
    CHECK (state != 'generating' OR task_id IS NOT NULL),
    CHECK (state NOT IN ('settled', 'delivered') OR failure IS NOT NULL OR result_urls IS NOT NULL)
);
INSERT INTO "jobs" VALUES('c33aa54036b0','message:1001:1',1001,NULL,1,'en',1001,'{"prompt": "a red fox", "size": "3:2", "variants": 1}','delivered',1795738035583,1795738035697,0,1795738035621,'4c7ca3efd0eb4a82be40328b44a0cbed',0.0,NULL,2,0,1795738035688,NULL,NULL,NULL,'["http://127.0.0.1:46119/results/4c7ca3efd0eb4a82be40328b44a0cbed/1.png"]',1795738035697,1795738036165,NULL,NULL,NULL,NULL,NULL,6,0,6,0,0,NULL,1795738035583,1795738035646,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('5f485a39c446','message:1001:3',1001,NULL,3,'en',1001,'{"prompt": "foxes", "variants": 4}','queued',1795738036185,1795738036185,0,NULL,NULL,0.0,NULL,4,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,6,0,0,0,0,1795738036185,1795738036185,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('6aa2396e61d1','message:2001:1',2001,NULL,1,'en',2001,'{"prompt": "a waiting owl", "variants": 1}','queued',1795738037230,1795738037230,0,NULL,NULL,0.0,NULL,2,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,6,6,0,0,0,NULL,1795738037230,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE kept (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO "kept" VALUES('database_id','d6677a0aa9523f92249e118bd0e1e13c');
INSERT INTO "kept" VALUES('telegram_webhook_secret','odYzeFEgulZLTfJnn6EYB7H2cXlCbKgX6w6WdEE7uOw');
INSERT INTO "kept" VALUES('callback_key','jdiCUMKmpn7Z9wrYjCbcqjm1EHWZDd_uu2eBBJbRjU4');
CREATE TABLE openings (
    sha256    TEXT    PRIMARY KEY,
    opened_at BIGINT,
    noted_at  BIGINT  NOT NULL,
    deaths    INTEGER NOT NULL DEFAULT 0
);
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
    unique_id  TEXT, deleted_at BIGINT,
    PRIMARY KEY (job_id, position)
);
INSERT INTO "pictures" VALUES('c33aa54036b0',0,'0c596b4aa4527400c0f6c5cd2328730281c42c01c500b0b666c4c36e7079ed20','png',96,64,208,2,'AgACAgIAAx7Ac97IIdQysLoaEIfavtzM4AQqVyFFvrhw5mlB_0Y56aTBAp','e2hVBLSsh89H',NULL);
CREATE TABLE preferences (
    scope_id BIGINT PRIMARY KEY,
    wishes   TEXT   NOT NULL
);
CREATE TABLE "questions" (
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
CREATE TABLE recipients (
    broadcast_id TEXT   NOT NULL REFERENCES broadcasts (id),
    chat_id      BIGINT NOT NULL,
    fate         TEXT CHECK (fate IN ('tried', 'sent', 'gone', 'refused', 'unsure')),
    PRIMARY KEY (broadcast_id, chat_id)
);
CREATE TABLE redemptions (
    code        TEXT   NOT NULL REFERENCES invites (code),
    person      BIGINT NOT NULL,
    origin      TEXT   NOT NULL,
    redeemed_at BIGINT NOT NULL,
    PRIMARY KEY (code, person)
);
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO "schema_version" VALUES(1);
INSERT INTO "schema_version" VALUES(2);
INSERT INTO "schema_version" VALUES(3);
INSERT INTO "schema_version" VALUES(4);
INSERT INTO "schema_version" VALUES(5);
INSERT INTO "schema_version" VALUES(6);
INSERT INTO "schema_version" VALUES(7);
INSERT INTO "schema_version" VALUES(8);
INSERT INTO "schema_version" VALUES(9);
INSERT INTO "schema_version" VALUES(10);
INSERT INTO "schema_version" VALUES(11);
INSERT INTO "schema_version" VALUES(12);
INSERT INTO "schema_version" VALUES(13);
CREATE TABLE shown (
    chat_id    BIGINT  NOT NULL,
    message_id BIGINT  NOT NULL,
    job_id     TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (chat_id, message_id),
    FOREIGN KEY (job_id, position) REFERENCES pictures (job_id, position)
);
INSERT INTO "shown" VALUES(1001,2,'c33aa54036b0',0);
CREATE TABLE uploads (
    unique_id   TEXT    PRIMARY KEY,
    url         TEXT    NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    uploaded_at BIGINT  NOT NULL
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
CREATE INDEX jobs_by_day ON jobs (created_at, chat_id, asked_by, failure, spent, reserved);
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
COMMIT;
