-- name: restored_queued
-- The jobs that a bot on the backup would submit, without those that wait for a yes to their price.
SELECT id, asked_by, created_at, reserved FROM jobs WHERE state = 'queued' AND held_at IS NULL ORDER BY created_at, id;

-- name: put_away_queued
-- The credits that were set aside go back, as for a job that is canceled in time.
UPDATE jobs SET state = 'cancelled', delivered_at = :now, reserved = 0, person_extra = 0, chat_extra = 0,
    stopped_by = 'restore'
WHERE state = 'queued'
RETURNING id, held_at;

-- name: renew_queued
-- The deadline counts from now. Otherwise the jobs would end before they are submitted.
UPDATE jobs SET ordered_at = :now, due_at = :now WHERE state = 'queued';

-- name: put_away_updates
UPDATE inbox SET done_at = :now, trouble = 'put away by restore', payload = '' WHERE done_at IS NULL RETURNING update_id;

-- name: put_away_albums
-- The parts of an open album are updates that weren't handled completely.
UPDATE albums SET closed_at = :now WHERE closed_at IS NULL;

-- name: forget_album_parts
DELETE FROM album_parts;

-- name: mute_restored
-- These jobs are paid, and were most likely shown after the backup. Their results go to /history.
UPDATE jobs SET muted_at = COALESCE(muted_at, :now), stopped_by = 'restore'
WHERE state IN ('submitting', 'uncertain', 'generating', 'settled')
RETURNING id;

-- name: forget_openings
-- No process died of the pictures that were open when the backup was made.
DELETE FROM openings WHERE opened_at IS NOT NULL AND deaths = 0;

-- name: close_openings
UPDATE openings SET opened_at = NULL WHERE opened_at IS NOT NULL;

-- name: count_orders
SELECT count(*) AS orders FROM jobs;
