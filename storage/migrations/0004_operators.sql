-- What operators decide: who may use the bot, invitations, and what they announce to everybody.

-- People (above 0) and chats (below 0). A ban outweighs the rest, which is back when it ends.
CREATE TABLE access (
    id         BIGINT PRIMARY KEY,
    allowed_at BIGINT,
    invited_at BIGINT,
    banned_at  BIGINT
);

-- Links that let people in. The origin makes a command that is handled twice one invitation.
CREATE TABLE invites (
    code       TEXT    PRIMARY KEY,
    origin     TEXT    NOT NULL UNIQUE,
    credits    BIGINT  NOT NULL CHECK (credits >= 0),
    uses       INTEGER NOT NULL CHECK (uses > 0),
    expires_at BIGINT  NOT NULL,
    made_by    BIGINT  NOT NULL,
    made_at    BIGINT  NOT NULL
);

CREATE TABLE redemptions (
    code        TEXT   NOT NULL REFERENCES invites (code),
    person      BIGINT NOT NULL,
    origin      TEXT   NOT NULL,
    redeemed_at BIGINT NOT NULL,
    PRIMARY KEY (code, person)
);

-- The states and fates are explained in core/models/broadcasts.py.
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
);
CREATE INDEX broadcasts_untold ON broadcasts (created_at) WHERE told_at IS NULL;

-- Whom a broadcast goes to: fixed when it starts, and each chat has one row, so that it comes at most once.
CREATE TABLE recipients (
    broadcast_id TEXT   NOT NULL REFERENCES broadcasts (id),
    chat_id      BIGINT NOT NULL,
    fate         TEXT CHECK (fate IN ('tried', 'sent', 'gone', 'refused', 'unsure')),
    PRIMARY KEY (broadcast_id, chat_id)
);
CREATE INDEX recipients_open ON recipients (broadcast_id, chat_id) WHERE fate IS NULL;
