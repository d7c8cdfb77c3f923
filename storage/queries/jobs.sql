-- name: add_job
-- Store a job with the credits that it sets aside, unless its idempotency key is known. `ahead` counts by the turns of
-- `queued_jobs`: of each requester, as many jobs as this requester has now, but no more than wait.
INSERT INTO jobs (id, origin, chat_id, thread_id, reply_to, language, asked_by, request, state, created_at, ordered_at, due_at,
    parent_id, parent_position, cause, held_at, wanted, price, reserved, person_extra, chat_extra)
VALUES (:id, :idempotency_key, :chat_id, :thread_id, :reply_to, :language, :requester_id, :request, 'queued', :now, :now, :now,
    :parent_id, :parent_position, :button_key, :held_at, :wanted, :price, :reserved, :person_extra, :chat_extra)
ON CONFLICT (origin) DO NOTHING
RETURNING *, (
    SELECT coalesce(sum(CASE WHEN line.jobs <= own.jobs THEN line.jobs ELSE own.jobs + 1 END), 0)
    FROM (SELECT asked_by, count(*) AS jobs FROM jobs WHERE state = 'queued' AND held_at IS NULL AND id != :id
            GROUP BY +asked_by) AS line,
        (SELECT count(*) AS jobs FROM jobs
            WHERE state = 'queued' AND held_at IS NULL AND id != :id AND +asked_by = :requester_id) AS own
    WHERE :held_at IS NULL
) AS ahead;

-- name: job_by_idempotency_key
SELECT * FROM jobs WHERE origin = :idempotency_key;

-- name: job_by_button_key
-- The job of an earlier press of the same button, if it is open or only a moment old: a second tap isn't a second
-- order. Once the requester was told that a job takes longer, a tap is a new order. Here and elsewhere, a plus before a
-- column changes nothing but the plan: it keeps SQLite from reading the past in the order of that column until it finds
-- a match. tests/unit/test_plans.py checks the plans.
SELECT * FROM jobs WHERE cause = :button_key AND asked_by = :requester_id
    AND ((state NOT IN ('delivered', 'cancelled') AND overdue_at IS NULL) OR created_at > :just_before)
ORDER BY +created_at DESC LIMIT 1;

-- name: job_by_id
SELECT * FROM jobs WHERE id = :id;

-- name: queued_jobs
-- The jobs to submit now. `/* owned … */` stands for the condition that this process owns the row's shard, see
-- storage/postgresql.py. Requesters take turns: every requester's first job goes before any second one.
SELECT * FROM (
    SELECT jobs.*, row_number() OVER (PARTITION BY asked_by ORDER BY created_at, id) AS turn
    FROM jobs WHERE state = 'queued' AND held_at IS NULL AND /* owned jobs */ TRUE
) AS queue
WHERE due_at <= :now ORDER BY turn, created_at, id LIMIT :limit;

-- name: jobs_to_poll
-- The jobs to poll now.
SELECT * FROM jobs WHERE state = 'generating' AND due_at <= :now AND parts = 0 AND /* owned jobs */ TRUE ORDER BY due_at LIMIT :limit;

-- name: jobs_notified_lately
-- The jobs to poll whose task notification came a moment ago. The index `jobs_called` holds no others, but SQLite would
-- read all jobs that are due instead.
SELECT * FROM jobs INDEXED BY jobs_called
WHERE state = 'generating' AND callback_at > :since AND due_at <= :now AND /* owned jobs */ TRUE ORDER BY +due_at LIMIT :limit;

-- name: settled_jobs
-- The outcomes to show now, one for each chat: a chat that has to wait must not fill the list and hide the others. Parts
-- are shown with their orders, but those that were late are shown alone.
SELECT * FROM (
    SELECT jobs.*, row_number() OVER (PARTITION BY chat_id ORDER BY settled_at, id) AS turn
    FROM jobs WHERE state = 'settled' AND due_at <= :now AND (part_of IS NULL OR late > 0)
        AND /* owned jobs */ TRUE
) AS outcomes
WHERE turn = 1 ORDER BY settled_at, id LIMIT :limit;

-- name: painted_lately
-- The limit counts all ended jobs, so that many failures don't make this read far back.
SELECT request, settled_at - submitted_at AS took_ms FROM (
    SELECT request, state, failure, submitted_at, settled_at, delivered_at, id FROM jobs
    WHERE delivered_at > :since ORDER BY delivered_at DESC, id DESC LIMIT :limit) AS ended
WHERE state = 'delivered' AND failure IS NULL AND settled_at > submitted_at
ORDER BY delivered_at DESC, id DESC;

-- name: jobs_ahead
-- The place in the queue, by the same turns as `queued_jobs`.
WITH queue AS (
    SELECT id, created_at, row_number() OVER (PARTITION BY asked_by ORDER BY created_at, id) AS turn
    FROM jobs WHERE state = 'queued' AND held_at IS NULL
)
SELECT count(*) AS ahead FROM queue AS other, queue AS own
WHERE own.id = :id AND (other.turn < own.turn
    OR (other.turn = own.turn AND (other.created_at < own.created_at
        OR (other.created_at = own.created_at AND other.id < own.id))));

-- name: waiting_jobs
-- The jobs whose requesters hear how the queue moves, or hear the price if it couldn't be sent before.
SELECT * FROM jobs WHERE state = 'queued' AND part_of IS NULL AND (held_at IS NULL OR placeholder_id IS NULL) AND +created_at <= :before
    AND /* owned jobs */ TRUE ORDER BY +created_at LIMIT :limit;

-- name: start_submitting
-- Claim a job for the one call that may cost money.
UPDATE jobs SET state = 'submitting', attempts = attempts + 1, submitted_at = :now
WHERE id = :id AND state = 'queued' AND held_at IS NULL AND /* owned jobs */ TRUE
RETURNING attempts;

-- name: job_to_release
-- PostgreSQL locks the row: only one of two presses finds that the job awaits a yes, and its chat stays the same.
SELECT * FROM jobs WHERE id = :id /* FOR UPDATE */;

-- name: release_job
-- The requester said yes to the price, perhaps of fewer pictures, so the job counts from now and sets its cost aside.
UPDATE jobs SET held_at = NULL, created_at = :now, ordered_at = :now, due_at = :now, request = :request,
    reserved = :reserved, person_extra = :person_extra, chat_extra = :chat_extra
WHERE id = :id AND state = 'queued' AND held_at IS NOT NULL
RETURNING id;

-- name: requeue_job
-- The image API surely didn't take the job.
UPDATE jobs SET state = 'queued', due_at = :due_at, hindrance = COALESCE(:hindrance, hindrance)
WHERE id = :id AND state = 'submitting'
RETURNING part_of;

-- name: reassign_job
-- Another model steps in. It costs no more than the credits that are set aside.
UPDATE jobs SET state = 'queued', request = :request, price = :price, due_at = :now
WHERE id = :id AND state = 'submitting' AND price >= :price
RETURNING id;

-- name: resubmit_job
-- The task ended because it couldn't fetch a picture. There won't be a result, so a new call is safe, and the deadline
-- counts anew.
UPDATE jobs SET state = 'queued', task_id = NULL, account = NULL, callback_at = NULL, callback_failure = NULL, due_at = :now,
    ordered_at = :now, generating_at = NULL, linkless_at = NULL, overdue_at = NULL, overdue_told_at = NULL
WHERE id = :id AND state = 'generating'
RETURNING id;

-- name: postpone_job
UPDATE jobs SET due_at = :due_at, attempts = attempts + 1, hindrance = COALESCE(:hindrance, hindrance)
WHERE id = :id AND state IN ('queued', 'settled');

-- name: make_uncertain
-- The image API may have taken the job.
UPDATE jobs SET state = 'uncertain' WHERE id = :id AND state = 'submitting' RETURNING id;

-- name: submitting_since
SELECT id FROM jobs WHERE state = 'submitting' AND submitted_at <= :before AND /* owned jobs */ TRUE;

-- name: abandon_submitting
-- The process that had these shards before ended during the call, or may no longer be sure of it. `shards` and `besides`
-- are lists of shards and of ids, each with a comma before and after it; SQLite has one process, and no shards.
UPDATE jobs SET state = 'uncertain' WHERE state = 'submitting' AND :besides NOT LIKE '%,' || id || ',%'
    AND /* in :shards jobs */ TRUE
RETURNING id;

-- name: uncertain_untold
SELECT * FROM jobs WHERE state = 'uncertain' AND told_at IS NULL AND (part_of IS NULL OR late > 0)
    AND /* owned jobs */ TRUE
ORDER BY +created_at;

-- name: told
UPDATE jobs SET told_at = :now WHERE id = :id;

-- name: start_generating
-- The task is known now, by the answer or by a task notification, whichever came first.
UPDATE jobs SET state = 'generating', task_id = :task_id, account = :account, due_at = :due_at, generating_at = :now,
    overdue_at = NULL, overdue_told_at = NULL
WHERE id = :id AND state IN ('submitting', 'uncertain')
RETURNING *;

-- name: task_of_other
-- A task notification may name any task, and a task belongs to one job.
SELECT id FROM jobs WHERE task_id = :task_id AND id != :id LIMIT 1;

-- name: note_poll
-- Progress never goes back.
UPDATE jobs SET due_at = :due_at, answered_at = :now, linkless_at = NULL,
    progress = CASE WHEN progress > :progress THEN progress ELSE :progress END
WHERE id = :id AND state = 'generating';

-- name: poll_later
UPDATE jobs SET due_at = :due_at WHERE id = :id AND state = 'generating';

-- name: note_linkless
-- The time since which the task is a success without links: its record may be half written.
UPDATE jobs SET due_at = :due_at, answered_at = :now, linkless_at = COALESCE(linkless_at, :now)
WHERE id = :id AND state = 'generating'
RETURNING linkless_at;

-- name: note_notification
-- Poll at once, but not twice within 400 ms: record-info takes 3 requests a second. The first task notification is
-- kept; later ones, even with another outcome, only make the poller ask again.
UPDATE jobs SET due_at = CASE
        WHEN state != 'generating' THEN due_at
        WHEN answered_at > :now - 400 THEN answered_at + 400
        ELSE :now END,
    callback_at = COALESCE(callback_at, :now),
    callback_failure = CASE WHEN callback_at IS NULL THEN :failure ELSE callback_failure END
WHERE id = :id AND state IN ('submitting', 'uncertain', 'generating') AND (:attempt IS NULL OR attempts = :attempt)
RETURNING *;

-- name: settle_job
-- Exactly one caller gets the row; later callers find the job settled. `cost` is what the results cost, and no more is
-- paid than was set aside. The rest of the credits goes back, first to the extra credits. A notice that the job is
-- uncertain was another outcome, so this one still has to arrive.
UPDATE jobs SET state = 'settled', failure = :failure, result_urls = :result_urls, consumed = :consumed,
    settled_at = :now, due_at = :now, attempts = 0, arrival_id = NULL, arrival_tries = 0, reserved = 0,
    spent = CASE WHEN COALESCE(:cost, price * :results) < reserved THEN COALESCE(:cost, price * :results) ELSE reserved END,
    person_extra = CASE
        WHEN COALESCE(:cost, price * :results) >= reserved THEN person_extra
        WHEN COALESCE(:cost, price * :results) > reserved - person_extra
            THEN COALESCE(:cost, price * :results) - (reserved - person_extra)
        ELSE 0 END,
    chat_extra = CASE
        WHEN COALESCE(:cost, price * :results) >= reserved THEN chat_extra
        WHEN COALESCE(:cost, price * :results) > reserved - chat_extra
            THEN COALESCE(:cost, price * :results) - (reserved - chat_extra)
        ELSE 0 END
WHERE id = :id AND state IN ('queued', 'submitting', 'uncertain', 'generating')
RETURNING *;

-- name: expire_jobs
-- A job with a task is paid for. It is given up after a day, and only if it was polled after that day or the image API
-- was silent for another one: a result from a time in which the bot was down must still be found. If a task
-- notification said that the task failed, and record-info doesn't know, the deadline is enough. Without the plus, SQLite
-- would read all jobs of these states.
UPDATE jobs SET state = 'settled', settled_at = :now, due_at = :now, attempts = 0,
    arrival_id = NULL, arrival_tries = 0, reserved = 0, person_extra = 0, chat_extra = 0,
    failure = CASE
        WHEN callback_failure IS NOT NULL THEN callback_failure
        WHEN held_at IS NOT NULL THEN 'unconfirmed'
        WHEN state = 'queued' THEN COALESCE(:queued_failure, hindrance, 'busy')
        WHEN state = 'uncertain' THEN 'lost_answer'
        ELSE 'timed_out' END
WHERE +state IN ('queued', 'uncertain', 'generating') AND parts = 0 AND /* owned jobs */ TRUE AND (
    (state = 'queued' AND ordered_at <= :deadline_before)
    OR (state = 'uncertain' AND COALESCE(submitted_at, ordered_at) <= :uncertain_before)
    OR (state = 'generating' AND callback_failure IS NOT NULL AND generating_at <= :deadline_before AND +due_at > :now)
    OR (state = 'generating' AND generating_at <= :day_before
        AND (answered_at >= generating_at + :day_ms OR generating_at <= :day_before - :day_ms)))
RETURNING id, part_of;

-- name: mark_overdue
-- A job that is due to be polled is polled first: after a time in which the bot was down, the result may be there.
UPDATE jobs SET overdue_at = :now
WHERE +state IN ('uncertain', 'generating') AND overdue_at IS NULL AND /* owned jobs */ TRUE AND (
    (state = 'generating' AND generating_at <= :deadline_before AND +due_at > :now)
    OR (state = 'uncertain' AND COALESCE(submitted_at, ordered_at) <= :deadline_before))
RETURNING id;

-- name: overdue_untold
-- `> 0` is the same as IS NOT NULL, but makes SQLite use the index `jobs_overdue_untold`.
SELECT * FROM jobs WHERE state IN ('uncertain', 'generating') AND overdue_at > 0 AND overdue_told_at IS NULL
    AND (part_of IS NULL OR late > 0) AND /* owned jobs */ TRUE
ORDER BY overdue_at;

-- name: overdue_told
-- These words include that a job is uncertain.
UPDATE jobs SET overdue_told_at = :now, told_at = COALESCE(told_at, :now) WHERE id = :id AND overdue_at IS NOT NULL;

-- name: try_album
-- The intent to send an album, before it is sent: after a crash, the next process knows that it may have been sent.
UPDATE jobs SET album_tries = album_tries + 1 WHERE id = :id RETURNING album_tries;

-- name: untry_album
-- The album surely wasn't sent.
UPDATE jobs SET album_tries = album_tries - 1 WHERE id = :id AND album_tries > 0;

-- name: place_job
-- The message that was sent becomes the placeholder, unless another process has placed one or ended the job since.
UPDATE jobs SET placeholder_id = :message_id, placed_at = :now
WHERE id = :id AND (placeholder_id = :message_id
    OR (coalesce(placeholder_id, -1) = :before AND state NOT IN ('delivered', 'cancelled')))
RETURNING *;

-- name: outdate_message
-- A message that was sent as a placeholder, and came too late to be one.
UPDATE jobs SET outdated_id = coalesce(outdated_id, :message_id) WHERE id = :id;

-- name: try_arrival
-- The intent to send a message for the outcome, before it is sent: after a crash, the next process knows that it may
-- have been sent.
UPDATE jobs SET arrival_tries = arrival_tries + 1 WHERE id = :id;

-- name: untry_arrival
-- The message surely wasn't sent.
UPDATE jobs SET arrival_tries = arrival_tries - 1 WHERE id = :id AND arrival_tries > 0;

-- name: arrive_in_place
-- The placeholder becomes the outcome, if it is still the one that its reader knows.
UPDATE jobs SET arrival_id = placeholder_id, placed_at = :now, arrival_tries = 0
WHERE id = :id AND state = 'settled' AND arrival_id IS NULL AND placeholder_id = :message_id
RETURNING id;

-- name: arrive
-- The message that was sent for the outcome becomes the placeholder. The one before it is to be removed, unless it was
-- sent for this outcome as well: then somebody deleted it.
UPDATE jobs SET arrival_id = :message_id, placeholder_id = :message_id, placed_at = :now, arrival_tries = 0,
    outdated_id = CASE WHEN placeholder_id > 0 AND placeholder_id IS NOT arrival_id AND placeholder_id != :message_id
        THEN placeholder_id ELSE outdated_id END
WHERE id = :id;

-- name: outdated_jobs
-- The jobs with a replaced placeholder. While a job is settled, its delivery takes care of that.
SELECT * FROM jobs WHERE outdated_id IS NOT NULL AND state != 'settled' AND /* owned jobs */ TRUE ORDER BY +created_at LIMIT :limit;

-- name: tidy_job
UPDATE jobs SET outdated_id = NULL WHERE id = :id AND outdated_id = :message_id;

-- name: keep_picture
INSERT INTO pictures (job_id, position, sha256, format, width, height, size)
VALUES (:job_id, :position, :sha256, :format, :width, :height, :size)
ON CONFLICT (job_id, position) DO UPDATE SET  -- its file was lost, and it was fetched again
    sha256 = excluded.sha256, format = excluded.format,
    width = excluded.width, height = excluded.height, size = excluded.size;

-- name: keep_shown_picture
-- A result and the message that shows it, None if it isn't shown.
INSERT INTO pictures (job_id, position, sha256, format, width, height, size, message_id, file_id, unique_id)
VALUES (:job_id, :position, :sha256, :format, :width, :height, :size, :message_id, :file_id, :unique_id)
ON CONFLICT (job_id, position) DO UPDATE SET
    sha256 = excluded.sha256, format = excluded.format, width = excluded.width, height = excluded.height,
    size = excluded.size, message_id = excluded.message_id, file_id = excluded.file_id, unique_id = excluded.unique_id;

-- name: pictures_of_job
SELECT * FROM pictures WHERE job_id = :job_id ORDER BY position;

-- name: show_picture
UPDATE pictures SET message_id = :message_id, file_id = :file_id, unique_id = :unique_id
WHERE job_id = :job_id AND position = :position;

-- name: deliver_job
UPDATE jobs SET state = 'delivered', delivered_at = :now WHERE id = :id AND state = 'settled'
RETURNING *, EXISTS (SELECT 1 FROM jobs AS other WHERE other.chat_id = jobs.chat_id AND other.state = 'settled'
    AND other.id != jobs.id) AS has_next;

-- name: cancel_queued
-- At the requester's wish. Only a job that the image API surely doesn't have can be canceled.
UPDATE jobs SET state = 'cancelled', delivered_at = :now, reserved = 0, person_extra = 0, chat_extra = 0,
    stopped_by = COALESCE(stopped_by, :stopped_by)
WHERE id = :id AND state = 'queued'
RETURNING id;

-- name: cancel_job
-- A settled job stays paid.
UPDATE jobs SET state = 'cancelled', delivered_at = :now, reserved = 0,
    person_extra = CASE WHEN state = 'queued' THEN 0 ELSE person_extra END,
    chat_extra = CASE WHEN state = 'queued' THEN 0 ELSE chat_extra END
WHERE id = :id AND state IN ('queued', 'settled')
RETURNING id;
