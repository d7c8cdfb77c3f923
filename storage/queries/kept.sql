-- name: alive
-- Does the database answer?
SELECT 1 AS alive;

-- name: kept_value
SELECT value FROM kept WHERE name = :name;

-- name: keep_value
-- The first value stays: addresses given to others were made with it.
INSERT INTO kept (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;
