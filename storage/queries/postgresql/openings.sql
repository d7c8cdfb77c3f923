-- name: begin_opening
INSERT INTO openings (sha256, opened_at, noted_at) VALUES (:sha256, :now, :now)
ON CONFLICT (sha256) DO UPDATE SET noted_at = excluded.noted_at, owner = excluded.owner,
    opened_at = CASE WHEN openings.deaths < :most THEN excluded.opened_at ELSE NULL END
RETURNING deaths;

-- name: abandon_openings
-- The processes of these pictures have died, or don't answer.
UPDATE openings SET opened_at = NULL, deaths = deaths + 1 WHERE opened_at IS NOT NULL
    AND owner NOT IN (SELECT processes.owner FROM processes WHERE seen_at > now_ms() - 10000)
RETURNING sha256, deaths;
