-- name: preferences_of
SELECT wishes FROM preferences WHERE scope_id = :scope_id;

-- name: put_preferences
INSERT INTO preferences (scope_id, wishes) VALUES (:scope_id, :wishes)
ON CONFLICT (scope_id) DO UPDATE SET wishes = excluded.wishes;
