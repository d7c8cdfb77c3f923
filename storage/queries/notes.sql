-- name: put_note
INSERT INTO kept (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: drop_note
DELETE FROM kept WHERE name = :name;
