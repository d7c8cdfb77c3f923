-- name: rules_of
SELECT rules FROM groups WHERE chat_id = :chat_id;

-- name: put_rules
INSERT INTO groups (chat_id, rules) VALUES (:chat_id, :rules)
ON CONFLICT (chat_id) DO UPDATE SET rules = excluded.rules;

-- name: greet_group
-- Only the first caller gets a row.
INSERT INTO groups (chat_id, greeted_at) VALUES (:chat_id, :now)
ON CONFLICT (chat_id) DO UPDATE SET greeted_at = excluded.greeted_at WHERE groups.greeted_at IS NULL
RETURNING chat_id;

-- name: drop_undecided_group
-- A supergroup that was only greeted has no rules of its own.
DELETE FROM groups WHERE chat_id = :new_id AND rules = '{}'
    AND EXISTS (SELECT 1 FROM groups AS other WHERE other.chat_id = :chat_id);

-- name: move_group
-- The rules move with the group, unless the supergroup has rules.
UPDATE groups SET chat_id = :new_id WHERE chat_id = :chat_id
    AND NOT EXISTS (SELECT 1 FROM groups AS other WHERE other.chat_id = :new_id);
