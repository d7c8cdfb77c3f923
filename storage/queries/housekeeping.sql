-- name: prune_inbox
-- Updates hold what people wrote; once handled they only serve to recognise a repetition.
DELETE FROM inbox WHERE done_at IS NOT NULL AND done_at < :before;

-- name: prune_pictures
DELETE FROM pictures WHERE job_id IN (
    SELECT id FROM jobs WHERE state IN ('delivered', 'cancelled') AND delivered_at < :before);

-- name: prune_jobs
DELETE FROM jobs WHERE state IN ('delivered', 'cancelled') AND delivered_at < :before;

-- name: prune_uploads
DELETE FROM uploads WHERE uploaded_at < :before;

-- name: prune_questions
DELETE FROM questions WHERE asked_at < :before;

-- name: prune_albums
DELETE FROM albums WHERE closed_at IS NOT NULL AND closed_at < :before;

-- name: kept_pictures
-- Whose files must stay.
SELECT DISTINCT sha256 FROM pictures;
