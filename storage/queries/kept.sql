-- name: alive
-- Does the database answer?
SELECT 1 AS alive;

-- name: kept_value
SELECT value FROM kept WHERE name = :name;

-- name: keep_value
-- The first value stays: addresses given to others were made with it.
INSERT INTO kept (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;

-- name: drop_secrets
-- Whoever finds a backup must not be able to speak in Telegram's name, or in the vendor's: the bot makes new ones. Notes of
-- what operators decided stay.
DELETE FROM kept WHERE name NOT LIKE 'note %';
