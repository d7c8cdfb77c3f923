-- Results that their requester wants to find again, in the order of /history. Without foreign keys: the version before
-- deletes results without knowing of this table.
CREATE TABLE favorites (
    job_id     TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    asked_by   BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (job_id, position)
);
CREATE INDEX favorites_by_person ON favorites (asked_by, created_at);

-- The names of those for whom a message was handled: of people, and of chats, whose ids are below 0. The user name is
-- stored without capitals. One that moved to another person is only that person's.
CREATE TABLE names (
    id       BIGINT PRIMARY KEY,
    username TEXT,
    title    TEXT,
    language TEXT   NOT NULL,
    seen_at  BIGINT NOT NULL
);
CREATE INDEX names_by_username ON names (username) WHERE username IS NOT NULL;
CREATE INDEX names_by_age ON names (seen_at);
