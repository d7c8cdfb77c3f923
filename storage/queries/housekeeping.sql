-- name: prune_inbox
-- Updates hold what people wrote; once handled they only serve to recognise a repetition.
DELETE FROM inbox WHERE done_at IS NOT NULL AND done_at < :before;

-- name: prune_shown
DELETE FROM shown WHERE job_id IN (
    SELECT id FROM jobs WHERE state IN ('delivered', 'cancelled') AND delivered_at < :before);

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

-- name: prune_recipients
DELETE FROM recipients WHERE broadcast_id IN (SELECT id FROM broadcasts WHERE told_at < :before);

-- name: prune_broadcasts
DELETE FROM broadcasts WHERE told_at < :before OR (state = 'asked' AND created_at < :before);

-- name: prune_drafts
DELETE FROM drafts WHERE created_at < :before;

-- name: kept_pictures
-- Texts that name the files that must stay: results, and what orders and drafts are made from.
SELECT sha256 AS mention FROM pictures WHERE deleted_at IS NULL
UNION SELECT request FROM jobs WHERE request LIKE '%sha256%'
UNION SELECT base FROM drafts
UNION SELECT mask FROM drafts WHERE mask IS NOT NULL;
