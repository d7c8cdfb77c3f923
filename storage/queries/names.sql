-- name: put_name
INSERT INTO names (id, username, title, language, seen_at) VALUES (:scope_id, :username, :title, :language, :now)
ON CONFLICT (id) DO UPDATE SET username = excluded.username, title = excluded.title, language = excluded.language,
    seen_at = excluded.seen_at;

-- name: take_username
-- The user name belongs to another person or chat now.
UPDATE names SET username = NULL WHERE username = :username AND id != :scope_id;

-- name: name_by_username
SELECT id FROM names WHERE username = :username ORDER BY seen_at DESC LIMIT 1;

-- name: name_by_id
SELECT id, username, title, language FROM names WHERE id = :scope_id;

-- name: prune_names
DELETE FROM names WHERE id IN (SELECT id FROM names WHERE seen_at < :before ORDER BY seen_at LIMIT :limit)
RETURNING id;
