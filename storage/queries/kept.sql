-- name: alive
-- A statement that only needs a database that answers.
SELECT 1 AS alive;

-- name: kept_value
SELECT value FROM kept WHERE name = :name;

-- name: keep_value
-- The first value stays: webhook addresses that others have were made with it.
INSERT INTO kept (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING RETURNING name;

-- name: drop_secrets
-- With a backup, an untrusted client must not be able to speak in the name of Telegram or of the image API. The bot
-- makes new secrets. Notes of decisions of operators stay.
DELETE FROM kept WHERE name NOT LIKE 'note %';
