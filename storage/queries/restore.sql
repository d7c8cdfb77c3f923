-- name: restored_queued
-- What a bot that starts on the backup would give to the service; what waits for a yes to its price is not among it.
SELECT id, asked_by, created_at, reserved FROM jobs WHERE state = 'queued' AND held_at IS NULL ORDER BY created_at, id;

-- name: put_away_queued
-- What was set aside for them goes back, as with an order that is called off in time.
UPDATE jobs SET state = 'cancelled', delivered_at = :now, reserved = 0, person_extra = 0, chat_extra = 0,
    stopped_by = 'restore'
WHERE state = 'queued'
RETURNING id, held_at;

-- name: renew_queued
-- Their deadline counts from now, else they would end before they are tried.
UPDATE jobs SET ordered_at = :now, due_at = :now WHERE state = 'queued';

-- name: put_away_updates
UPDATE inbox SET done_at = :now, trouble = 'put away by restore', payload = '' WHERE done_at IS NULL RETURNING update_id;

-- name: put_away_albums
-- A piece of an album is an update whose album was not complete yet.
UPDATE albums SET closed_at = :now WHERE closed_at IS NULL;

-- name: forget_album_parts
DELETE FROM album_parts;

-- name: mute_restored
-- Paid already, and most likely shown since: what comes of it goes to /history.
UPDATE jobs SET muted_at = COALESCE(muted_at, :now), stopped_by = 'restore'
WHERE state IN ('submitting', 'uncertain', 'generating', 'settled')
RETURNING id;

-- name: forget_openings
-- No process died of what was open when the backup was made.
DELETE FROM openings WHERE opened_at IS NOT NULL AND deaths = 0;

-- name: close_openings
UPDATE openings SET opened_at = NULL WHERE opened_at IS NOT NULL;

-- name: count_orders
SELECT count(*) AS orders FROM jobs;
