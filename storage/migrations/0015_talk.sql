-- What a typed yes or no is about: the newest message of the bot in a private chat, if it has a ✅.
CREATE TABLE awaited_messages (
    chat_id    BIGINT PRIMARY KEY,
    message_id BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL
);
CREATE INDEX awaited_by_age ON awaited_messages (sent_at);

-- The words of a question that only asks which picture they are about.
ALTER TABLE questions ADD COLUMN words TEXT NOT NULL DEFAULT '';
