-- name: begin_pace
INSERT INTO paces (name) VALUES (:name) ON CONFLICT (name) DO NOTHING;

-- name: take_turn
-- One process after the other: the second one waits for the row, and then sees the call of the first. A call gets a
-- time of its own, so that `answer_turn` finds it.
UPDATE paces SET used = ARRAY(SELECT at FROM unnest(used) AS at WHERE at > now_ms() - :window ORDER BY at)
    || greatest(now_ms(), (SELECT coalesce(max(at), 0) + 1 FROM unnest(used) AS at))
WHERE name = :name AND (SELECT count(*) FROM unnest(used) AS at WHERE at > now_ms() - :window) < :calls
RETURNING used[cardinality(used)] AS at;

-- name: pace_wait
-- The time until the oldest of the last `calls` calls is over.
SELECT (SELECT at FROM unnest(used) AS at ORDER BY at DESC OFFSET :calls - 1 LIMIT 1) + :window - now_ms() AS wait
FROM paces WHERE name = :name;

-- name: answer_turn
UPDATE paces SET used = array_replace(used, :at, greatest(now_ms(), :at)) WHERE name = :name;
