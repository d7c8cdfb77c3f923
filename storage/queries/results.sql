-- name: result_by_id
SELECT * FROM pictures WHERE job_id = :job_id AND position = :position;

-- name: result_by_message
-- The message may be the first that showed the result, or one that showed it again.
SELECT pictures.* FROM shown
JOIN pictures ON pictures.job_id = shown.job_id AND pictures.position = shown.position
WHERE shown.chat_id = :chat_id AND shown.message_id = :message_id;

-- name: latest_results
-- Of the jobs that ended lately, of whomever, as `jobs_ended` is in the order of their end.
SELECT pictures.* FROM pictures WHERE deleted_at IS NULL AND job_id = (
    SELECT id FROM jobs WHERE delivered_at > :since AND +chat_id = :chat_id AND +asked_by = :requester_id AND +state = 'delivered'
        AND EXISTS (SELECT 1 FROM pictures AS one WHERE one.job_id = jobs.id AND one.deleted_at IS NULL)
    ORDER BY delivered_at DESC LIMIT 1)
ORDER BY position;

-- name: note_shown
INSERT INTO shown (chat_id, message_id, job_id, position) VALUES (:chat_id, :message_id, :job_id, :position)
ON CONFLICT (chat_id, message_id) DO UPDATE SET job_id = excluded.job_id, position = excluded.position;

-- name: note_shown_of_job
-- In the present chat of the job.
INSERT INTO shown (chat_id, message_id, job_id, position)
SELECT chat_id, :message_id, :job_id, :position FROM jobs WHERE id = :job_id
ON CONFLICT (chat_id, message_id) DO UPDATE SET job_id = excluded.job_id, position = excluded.position;

-- name: shown_in_chat
SELECT message_id FROM shown WHERE job_id = :job_id AND position = :position AND chat_id = :chat_id ORDER BY message_id;

-- name: keep_file_id
UPDATE pictures SET file_id = :file_id, unique_id = :unique_id WHERE job_id = :job_id AND position = :position;

-- name: delete_result
-- The next housekeeping drops the file.
UPDATE pictures SET deleted_at = :now WHERE job_id = :job_id AND position = :position AND deleted_at IS NULL;

-- name: forget_shown
DELETE FROM shown WHERE job_id = :job_id AND position = :position AND chat_id = :chat_id;

-- name: history_older
-- Newest first, from a place on; for a group only the jobs of the group. Canceled jobs with results were paid for, too.
-- The index of the requester's jobs gives the order, so only as many jobs are read as the page needs.
SELECT pictures.* FROM jobs CROSS JOIN pictures ON pictures.job_id = jobs.id
WHERE jobs.asked_by = :requester_id AND jobs.created_at <= :created_at
    AND (jobs.created_at < :created_at OR jobs.id > :job_id
        OR (jobs.id = :job_id AND pictures.position > :position))
    AND (:chat_id IS NULL OR jobs.chat_id = :chat_id)
    AND jobs.state IN ('delivered', 'cancelled') AND pictures.deleted_at IS NULL
ORDER BY jobs.created_at DESC, jobs.id, pictures.position LIMIT :limit;

-- name: history_newer
-- The other way around: the results just before a place, the nearest first.
SELECT pictures.* FROM jobs CROSS JOIN pictures ON pictures.job_id = jobs.id
WHERE jobs.asked_by = :requester_id AND jobs.created_at >= :created_at
    AND (jobs.created_at > :created_at OR jobs.id < :job_id
        OR (jobs.id = :job_id AND pictures.position < :position))
    AND (:chat_id IS NULL OR jobs.chat_id = :chat_id)
    AND jobs.state IN ('delivered', 'cancelled') AND pictures.deleted_at IS NULL
ORDER BY jobs.created_at, jobs.id DESC, pictures.position DESC LIMIT :limit;

-- name: favorites_older
SELECT pictures.* FROM favorites CROSS JOIN jobs ON jobs.id = favorites.job_id
    CROSS JOIN pictures ON pictures.job_id = favorites.job_id AND pictures.position = favorites.position
WHERE favorites.asked_by = :requester_id AND favorites.created_at <= :created_at
    AND (favorites.created_at < :created_at OR favorites.job_id > :job_id
        OR (favorites.job_id = :job_id AND favorites.position > :position))
    AND (:chat_id IS NULL OR jobs.chat_id = :chat_id)
    AND jobs.state IN ('delivered', 'cancelled') AND pictures.deleted_at IS NULL
ORDER BY favorites.created_at DESC, favorites.job_id, favorites.position LIMIT :limit;

-- name: favorites_newer
SELECT pictures.* FROM favorites CROSS JOIN jobs ON jobs.id = favorites.job_id
    CROSS JOIN pictures ON pictures.job_id = favorites.job_id AND pictures.position = favorites.position
WHERE favorites.asked_by = :requester_id AND favorites.created_at >= :created_at
    AND (favorites.created_at > :created_at OR favorites.job_id < :job_id
        OR (favorites.job_id = :job_id AND favorites.position < :position))
    AND (:chat_id IS NULL OR jobs.chat_id = :chat_id)
    AND jobs.state IN ('delivered', 'cancelled') AND pictures.deleted_at IS NULL
ORDER BY favorites.created_at, favorites.job_id DESC, favorites.position DESC LIMIT :limit;

-- name: history_from
-- For buttons of earlier releases, which count from the newest.
SELECT pictures.* FROM jobs CROSS JOIN pictures ON pictures.job_id = jobs.id
WHERE jobs.asked_by = :requester_id
    AND (:chat_id IS NULL OR jobs.chat_id = :chat_id)
    AND jobs.state IN ('delivered', 'cancelled') AND pictures.deleted_at IS NULL
ORDER BY jobs.created_at DESC, jobs.id, pictures.position LIMIT :limit OFFSET :offset;

-- name: add_favorite
-- A repetition changes nothing. PostgreSQL locks the picture, and waits for a transaction that is deleting it.
INSERT INTO favorites (job_id, position, asked_by, created_at)
SELECT pictures.job_id, pictures.position, jobs.asked_by, jobs.created_at
FROM pictures JOIN jobs ON jobs.id = pictures.job_id
WHERE pictures.job_id = :job_id AND pictures.position = :position AND pictures.deleted_at IS NULL
/* FOR UPDATE */
ON CONFLICT (job_id, position) DO NOTHING
RETURNING job_id;

-- name: drop_favorite
DELETE FROM favorites WHERE job_id = :job_id AND position = :position RETURNING job_id;

-- name: favorite
SELECT job_id FROM favorites WHERE job_id = :job_id AND position = :position;

-- name: any_favorite
SELECT job_id FROM favorites WHERE asked_by = :requester_id LIMIT 1;

-- name: job_by_placeholder
SELECT * FROM jobs WHERE chat_id = :chat_id AND placeholder_id = :message_id ORDER BY +created_at DESC LIMIT 1;

-- name: job_stopped_by
SELECT * FROM jobs WHERE stopped_by = :idempotency_key;

-- name: job_under_way
-- The open job that a message asked for or is the placeholder of; without a message, the requester's latest in the
-- chat.
SELECT * FROM jobs WHERE chat_id = :chat_id
    AND (:message_id IS NOT NULL OR (asked_by = :requester_id AND muted_at IS NULL))
    AND (:message_id IS NULL OR placeholder_id = :message_id OR reply_to = :message_id)
    AND state IN ('queued', 'submitting', 'uncertain', 'generating') AND part_of IS NULL
ORDER BY +created_at DESC LIMIT 1;
