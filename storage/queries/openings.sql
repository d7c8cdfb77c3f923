-- name: begin_opening
INSERT INTO openings (sha256, opened_at, noted_at) VALUES (:sha256, :now, :now)
ON CONFLICT (sha256) DO UPDATE SET noted_at = excluded.noted_at,
    opened_at = CASE WHEN openings.deaths < :most THEN excluded.opened_at ELSE NULL END
RETURNING deaths;

-- name: end_opening
DELETE FROM openings WHERE sha256 = :sha256;

-- name: abandon_openings
-- The process died while these pictures were open.
UPDATE openings SET opened_at = NULL, deaths = deaths + 1 WHERE opened_at IS NOT NULL RETURNING sha256, deaths;

-- name: prune_openings
DELETE FROM openings WHERE opened_at IS NULL AND noted_at < :before;
