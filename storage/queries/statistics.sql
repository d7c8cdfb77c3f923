-- name: jobs_by_day
-- This and the next two count the jobs that were ordered in a span of time, by the covering index `jobs_by_day`.
-- Parts of orders don't count, but late ones have credits of their own. Days count from 1970; a day without jobs has no row. A price without a yes isn't a failure.
SELECT created_at / 86400000 AS day, count(*) - count(part_of) AS jobs,
    count(CASE WHEN part_of IS NULL THEN nullif(failure, 'unconfirmed') END) AS failures, sum(spent) AS credits
FROM jobs WHERE created_at >= :since AND created_at < :until GROUP BY created_at / 86400000;

-- name: jobs_by_chat
-- The plus keeps SQLite from reading all jobs ever made, chat by chat.
SELECT chat_id, count(*) - count(part_of) AS jobs, sum(spent) AS credits FROM jobs WHERE created_at >= :since AND created_at < :until
GROUP BY +chat_id;

-- name: requesters
SELECT DISTINCT +asked_by AS requester_id FROM jobs WHERE created_at >= :since AND created_at < :until;

-- name: oldest_open_job
-- The counts of open jobs may still change. The plus keeps SQLite from reading all days up to that job.
SELECT min(+created_at) AS created_at FROM jobs WHERE delivered_at IS NULL;
