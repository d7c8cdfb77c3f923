-- name: newest_row
-- The time of the newest job or update.
SELECT max(at) AS at FROM (
    SELECT max(created_at) AS at FROM jobs
    UNION ALL SELECT * FROM (SELECT received_at AS at FROM inbox ORDER BY update_id DESC LIMIT 1) AS latest) AS newest;

-- name: wake_jobs
-- After a start every waiting job is due, and none began in the future: the system's clock may have been set back.
UPDATE jobs SET due_at = CASE WHEN due_at > :now THEN :now ELSE due_at END,
    ordered_at = CASE WHEN ordered_at > :now THEN :now ELSE ordered_at END,
    submitted_at = CASE WHEN submitted_at > :now THEN :now ELSE submitted_at END,
    generating_at = CASE WHEN generating_at > :now THEN :now ELSE generating_at END
WHERE state IN ('queued', 'uncertain', 'generating', 'settled');

-- name: wake_updates
UPDATE inbox SET due_at = :now WHERE done_at IS NULL AND due_at > :now;

-- name: wake_albums
UPDATE albums SET latest_at = :now WHERE closed_at IS NULL AND latest_at > :now;

-- name: prune_inbox
-- A handled update only serves to recognize a repetition.
DELETE FROM inbox WHERE update_id IN (
    SELECT update_id FROM inbox WHERE done_at < :before ORDER BY done_at LIMIT :limit)
RETURNING update_id;

-- name: prune_shown
-- The messages of the jobs that ended first, in one transaction with `prune_jobs`, which deletes the same jobs: a job
-- with a `delivered_at` has ended.
DELETE FROM shown WHERE job_id IN (
    SELECT id FROM jobs WHERE delivered_at < :before ORDER BY delivered_at, id LIMIT :limit);

-- name: prune_pictures
DELETE FROM pictures WHERE job_id IN (
    SELECT id FROM jobs WHERE delivered_at < :before ORDER BY delivered_at, id LIMIT :limit);

-- name: prune_favorites
DELETE FROM favorites WHERE job_id IN (
    SELECT id FROM jobs WHERE delivered_at < :before ORDER BY delivered_at, id LIMIT :limit);

-- name: prune_jobs
DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs WHERE delivered_at < :before ORDER BY delivered_at, id LIMIT :limit)
RETURNING id;

-- name: prune_uploads
DELETE FROM uploads WHERE unique_id IN (
    SELECT unique_id FROM uploads WHERE uploaded_at < :before ORDER BY uploaded_at LIMIT :limit)
RETURNING unique_id;

-- name: prune_questions
DELETE FROM questions WHERE asked_at <= (SELECT max(asked_at) FROM (
    SELECT asked_at FROM questions WHERE asked_at < :before ORDER BY asked_at LIMIT :limit) AS portion)
RETURNING origin;

-- name: prune_albums
DELETE FROM albums WHERE closed_at <= (SELECT max(closed_at) FROM (
    SELECT closed_at FROM albums WHERE closed_at < :before ORDER BY closed_at LIMIT :limit) AS portion)
RETURNING album_id;

-- name: outdated_broadcast
-- An old broadcast that still has recipients.
SELECT id FROM broadcasts WHERE told_at < :before
    AND EXISTS (SELECT 1 FROM recipients WHERE recipients.broadcast_id = broadcasts.id) LIMIT 1;

-- name: prune_recipients
DELETE FROM recipients WHERE broadcast_id = :id AND chat_id <= (SELECT max(chat_id) FROM (
    SELECT chat_id FROM recipients WHERE broadcast_id = :id ORDER BY chat_id LIMIT :limit) AS portion)
RETURNING chat_id;

-- name: prune_broadcasts
DELETE FROM broadcasts WHERE id IN (
    SELECT id FROM broadcasts WHERE told_at < :before OR (state = 'asked' AND created_at < :before) LIMIT :limit)
RETURNING id;

-- name: prune_drafts
DELETE FROM drafts WHERE id IN (SELECT id FROM drafts WHERE created_at < :before LIMIT :limit) RETURNING id;

-- name: named_pictures
-- The undeleted results among the files from `first` to `last`.
SELECT DISTINCT sha256 FROM pictures WHERE deleted_at IS NULL AND sha256 >= :first_sha256 AND sha256 <= :last_sha256;

-- name: mentions
-- Texts that name further files to keep: those of open jobs and drafts.
SELECT request AS mention FROM jobs
WHERE delivered_at IS NULL AND request LIKE '%sha256%'
UNION SELECT base FROM drafts
UNION SELECT mask FROM drafts WHERE mask IS NOT NULL;
